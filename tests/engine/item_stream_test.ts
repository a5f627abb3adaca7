// Items on the stdin of workers, in the API: what they get, and launchers that cannot do it.
import { SubprocessExecutor, type TaskConfig } from "@lambdawaker/executor";
import { type Launcher, LaunchError, LocalLauncher } from "@lambdawaker/executor/launchers";
import { OrderedOutput } from "@lambdawaker/executor/output";
import { assertEquals, assertMatch, assertStringIncludes, assertThrows } from "@std/assert";
import { decodeBytes } from "../../src/base/surrogate_escape.ts";
import { RemoteProcess } from "../../src/launchers/remote/remote_process.ts";
import { ItemStream } from "../../src/engine/item_stream.ts";
import { forSeeds } from "../helpers/random.ts";
import { processesWith, until } from "../helpers/processes.ts";
import { ofKind, runJob } from "../helpers/run_job.ts";
import { Sink } from "../helpers/sink.ts";

/** Returns what `cat` prints for each range, one after the other. */
async function catAll(config: TaskConfig, launcher?: Launcher): Promise<string> {
  const sink = new Sink();
  const output = new OrderedOutput({ write: sink.write });
  const { summary } = await runJob(config, () => ["cat"], { output, launcher });
  assertEquals(summary.failures, []);
  return sink.text();
}

Deno.test("workers get the items of their range, each with its end", async () => {
  const items = ["a b", "", "c\td"];
  assertEquals(await catAll({ items, chunkSize: 2, stdin: "lines" }), "a b\n\nc\td\n");
  assertEquals(await catAll({ items, chunkSize: 2, stdin: "nul" }), "a b\0\0c\td\0");
  assertEquals(await catAll({ totalItems: 5, chunkSize: 2, stdin: "lines" }), "0\n1\n2\n3\n4\n");
  assertEquals(await catAll({ items, chunkSize: 2 }), "");
});

Deno.test("the first event tells how workers get the items", async () => {
  for (const stdin of ["lines", "nul", undefined] as const) {
    const result = await runJob({ totalItems: 1, stdin }, () => ["true"]);
    assertEquals(ofKind(result, "run-started")[0]!.stdin, stdin);
  }
});

Deno.test("an item that has the end of items in it makes its range CRASHED, for good", async () => {
  const cases = [["lines", "a\nb", /item "a\\nb" .* contains a newline/], [
    "nul",
    "a\0b",
    /item "a\\0b" .* contains a NUL/,
  ]] as const;
  for (const [stdin, item, wanted] of cases) {
    const { summary } = await runJob(
      { items: ["x", item, "y"], stdin, maxRetries: 3 },
      () => ["true"],
    );
    const [failure] = summary.failures;
    assertEquals([summary.failures.length, failure!.range, failure!.attempts], [1, 1, 1]);
    assertMatch(JSON.stringify(failure!.cause), /"permanent":true/);
    assertMatch((failure!.cause as { message: string }).message, wanted);
  }
});

Deno.test("a stream has the bytes of its items, in pieces of a bounded size", async () => {
  await forSeeds(4, (random) => {
    const item = () =>
      decodeBytes(
        Uint8Array.from({ length: random.integer(60) }, () => {
          const byte = random.integer(256);
          return byte === 10 ? 11 : byte;
        }),
      );
    const items = Array.from({ length: 1 + random.integer(3_000) }, item);
    const range = { startIndex: 0, endIndex: items.length, range: 0, items };
    const pieces = Array.from(new ItemStream(range, "lines"));
    const lines = decodeLines(pieces);
    assertEquals(lines, items);
    for (const piece of pieces) assertEquals(piece.length <= 3 * 64 * 1024 + 200, true);
    assertEquals(Array.from(new ItemStream(range, "lines")).length, pieces.length, "anew");
  });
});

function decodeLines(pieces: readonly Uint8Array[]): string[] {
  const bytes = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  const lines: string[] = [];
  for (let from = 0; from < bytes.length;) {
    const end = bytes.indexOf(10, from);
    lines.push(decodeBytes(bytes.subarray(from, end)));
    from = end + 1;
  }
  return lines;
}

Deno.test("a stream is made while it is read", () => {
  const range = { startIndex: 0, endIndex: 1e15, range: 0 };
  const [first] = new ItemStream(range, "lines");
  assertEquals(new TextDecoder().decode(first!.subarray(0, 6)), "0\n1\n2\n");
});

Deno.test("a launcher of one's own can hand the items on", async () => {
  const local = new LocalLauncher();
  const wrapper: Launcher = { launch: (command) => local.launch(command) };
  const own: Launcher = {
    launch({ command, args, stdin }) {
      const child = new Deno.Command(command, {
        args: [...args],
        stdin,
        stdout: "piped",
        stderr: "piped",
      }).spawn();
      return {
        pid: child.pid,
        stdin: child.stdin,
        stdout: child.stdout,
        stderr: child.stderr,
        status: child.status.then(({ code }) => ({ kind: "exited", code })),
        kill: (signal) => child.kill(signal),
        groupIsAlive: () => false,
      };
    },
  };
  for (const launcher of [wrapper, own]) {
    assertEquals(
      await catAll({ totalItems: 3, numWorkers: 1, stdin: "lines" }, launcher),
      "0\n1\n2\n",
    );
  }
});

Deno.test("a launcher that ignores the items, or writes others, fails, and its process is ended", async () => {
  const local = new LocalLauncher();
  const drop: Launcher["launch"] = ({ stdin: _stdin, ...command }) => local.launch(command);
  const keep: Launcher["launch"] = (command) => {
    const process = local.launch(command);
    const writer = process.stdin!.getWriter();
    process.status.then(() => writer.abort());
    return process;
  };
  const cases = [[drop, "is no WritableStream"], [keep, "is written by something else"]] as const;
  const launchers = cases.flatMap(([launch, fault]) => [
    { launcher: { launch }, fault },
    { launcher: { launch: async (command) => await launch(command) } as Launcher, fault },
  ]);
  for (const { launcher, fault } of launchers) {
    const executor = new SubprocessExecutor(
      { totalItems: 1, stdin: "lines", maxRetries: 2 },
      () => ["sh", "-c", "cat; exec sleep 98.76"],
      { launcher },
    );
    const { failures } = await executor.run([], { handleSignals: false });
    const wanted = "must return a process with a stdin, as the command asks for it";
    assertStringIncludes(JSON.stringify(failures), `${wanted}: its stdin ${fault}`);
    assertEquals(failures[0]!.attempts, 1);
    await until(() => processesWith("98.76").length === 0, "the process is gone");
  }
});

Deno.test("items are not handed on to another machine by an agent", () => {
  const command = { command: "cat", args: [], stdin: "piped" as const };
  const options = { command, gracePeriod: 1_000, lease: 2_000 };
  assertThrows(
    () => RemoteProcess.start({ command: "false", args: [] }, options),
    LaunchError,
    "nothing can be handed to the stdin of a worker where no Deno runs",
  );
});
