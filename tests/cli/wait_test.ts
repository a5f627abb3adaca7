// executor wait: what it waits for, its exit codes, and its time-out.
import { assertEquals } from "@std/assert";
import { INITIAL_STATE } from "@lambdawaker/executor/events";
import { sleep, systemClock } from "../../src/base/clock.ts";
import { register } from "../../src/reporters/control/registration.ts";
import { ControlPlace } from "../helpers/control.ts";
import { until } from "../helpers/processes.ts";

const SLEEPS = ["-n", "6", "-c", "1", "-w", "2", "--", "sleep", "60"];

Deno.test("the exit code of wait tells which alternative came true", async () => {
  await using place = new ControlPlace();
  const script = "while ! test -e $0; do sleep 0.01; done; test {start} != 1";
  const run = place.spawn([
    "run",
    "--name",
    "it",
    "-n",
    "4",
    "-c",
    "1",
    "-w",
    "1",
    "--",
    "sh",
    "-c",
    script,
    `${place.folder}/gate`,
  ]);
  await until(async () => await place.find("it") !== undefined, "the run can be reached");
  const wait = async (condition: string, ...more: string[]) => {
    const { code, stdout } = await place.cli("wait", "it", "--until", condition, ...more);
    return [code, stdout.split(" (")[0]];
  };
  assertEquals(await wait("done", "--timeout", "50ms"), [124, ""]);
  assertEquals(await wait("failed or workers=1"), [12, "it: workers=1"]);
  const waiting = [
    wait("failed or done"),
    wait("ok or stalled>=1h or failed"),
    wait("ok or progress>=75%"),
    wait("done"),
    wait("ok"),
  ];
  Deno.writeTextFileSync(`${place.folder}/gate`, "");
  assertEquals(await Promise.all(waiting), [
    [0, "it: failed"],
    [13, "it: failed"],
    [12, "it: progress>=75%"],
    [0, "it: done"],
    [3, ""],
  ]);
  assertEquals((await run.status).code, 1);
  // The record knows the end.
  assertEquals(await wait("ok or done"), [12, "it: done"]);
  assertEquals(await wait("ok or failed>1"), [3, ""]);
});

Deno.test("the time-out of wait holds for a run that does not answer, too", async () => {
  await using place = new ControlPlace();
  const { child } = await place.start(SLEEPS);
  child.kill("SIGSTOP");
  try {
    const { code, stderr } = await place.cli("wait", "it", "--timeout", "100ms");
    assertEquals([code, stderr], [124, "executor: it: the time-out is over\n"]);
  } finally {
    child.kill("SIGCONT");
  }
});

Deno.test("wait judges times by the clock of the run, which leaves out what the machine has slept", async () => {
  await using place = new ControlPlace();
  const now = Date.now() - 3_600_000;
  const started = { v: 2, t: now, kind: "run-started", runId: crypto.randomUUID() } as const;
  const state = { ...INITIAL_STATE, startedAt: now, isTotalKnown: true, totalItems: 1 };
  const info = { runId: started.runId, name: "it", title: "it", pid: Deno.pid, startedAt: now };
  Deno.mkdirSync(place.sockets, { mode: 0o700 });
  const registration = register(place.sockets, info);
  const listener = Deno.listen({ transport: "unix", path: registration.socket });
  registration.announce();
  const serving = (async () => {
    for await (using client of listener) {
      const send = (message: object) =>
        client.write(new TextEncoder().encode(`${JSON.stringify(message)}\n`));
      await send({ kind: "hello", v: 1, ...info });
      // The request comes in one piece.
      await client.read(new Uint8Array(1_000));
      await send({ kind: "answer", id: 1, ok: true, state, now, started });
      // It closes the connection when it has waited long enough.
      await client.read(new Uint8Array(1));
    }
  })();
  try {
    const until = "stalled>=10m or elapsed>=10m";
    const { code, stdout } = await place.cli("wait", "it", "--until", until, "--timeout", "2s");
    assertEquals([code, stdout], [124, ""]);
  } finally {
    listener.close();
    registration.remove();
    await serving;
  }
});

Deno.test("the time-out of wait leaves out time in which it did not run, and what happened then is read first", async () => {
  await using place = new ControlPlace();
  const gate = `${place.folder}/gate`;
  const script = 'until test -e "$0"; do sleep 0.05; done';
  const { child } = await place.start(["-n", "1", "--", "sh", "-c", script, gate]);
  const waiting = place.spawn(["wait", "it", "--timeout", "4s"]);
  await sleep(systemClock, 1_000);
  waiting.kill("SIGSTOP");
  await Deno.writeTextFile(gate, "");
  assertEquals((await child.status).code, 0);
  await sleep(systemClock, 4_000);
  waiting.kill("SIGCONT");
  assertEquals((await waiting.status).code, 0);
});
