// A run whose state is longer than what may wait for a client: it can be watched all the same.
import { assert, assertEquals } from "@std/assert";
import { until } from "../../helpers/processes.ts";
import { connectTo, ControlPlace } from "../../helpers/control.ts";

/** Failures, and the letters of the item of each: more than the 8 MiB that may wait. */
const FAILURES = 250;
const LETTERS = 50_000;

Deno.test("a client that takes a long state slowly gets it, and the events after it", async () => {
  await using place = new ControlPlace();
  const list = `${place.folder}/list`;
  const items = Array.from({ length: FAILURES }, (_, at) => `${at}${"x".repeat(LETTERS)}`);
  await Deno.writeTextFile(list, `${items.join("\n")}\nlast\n`);
  const run = await place.start([
    ...["-w", "4", "--items", list, "--", "sh", "-c"],
    ...['test "$0" = last || exit 1; exec sleep 60', "{item}"],
  ]);
  // A client that waited would be sent all events, and be dropped if it is slow.
  const hasFailed = async () => {
    const { stdout } = await place.cli("status", "it", "--json");
    const { failedItems, busyWorkers } = JSON.parse(stdout);
    return failedItems === FAILURES && busyWorkers === 1;
  };
  await until(hasFailed, "all but one have failed", { patience: 60_000 });

  using connection = await Deno.connect({ transport: "unix", path: run.live.socket });
  const request = { id: 1, request: "events", leaveOut: ["usage"] };
  await connection.write(new TextEncoder().encode(`${JSON.stringify(request)}\n`));
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(1 << 16);
  let text = "";
  const readUntil = async (isEnough: () => boolean) => {
    while (!isEnough()) {
      const read = await connection.read(buffer);
      if (read === null) throw new Error(`dropped after ${text.length} characters`);
      text += decoder.decode(buffer.subarray(0, read), { stream: true });
    }
  };
  await readUntil(() => text.includes('"answer"'));
  // Nearly all of the state still waits when these events come.
  await using other = await connectTo(run);
  for (const request of ["pause", "continue", "pause"] as const) await other.request({ request });
  await readUntil(() => text.endsWith("\n") && text.split('"run-paused"').length === 3);
  const [, answer, ...events] = text.trimEnd().split("\n").map((line) => JSON.parse(line));
  assert(text.length > FAILURES * LETTERS, `${text.length}`);
  assertEquals(answer.state.failures.length, FAILURES);
  const kinds = events.map(({ event }) => event.kind).filter((kind) => /pause/.test(kind));
  assertEquals(kinds, ["run-paused", "run-unpaused", "run-paused"]);
});
