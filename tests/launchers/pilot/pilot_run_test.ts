import { assert, assertEquals, assertMatch } from "@std/assert";
import type { GetCommand } from "@lambdawaker/executor";
import type { ProcessExit } from "@lambdawaker/executor/events";
import type { WorkerProcess } from "@lambdawaker/executor/launchers";
import { argvSamples } from "../cluster/argv_samples.ts";
import { testWith } from "../../helpers/needs.ts";
import { openPilots, PILOT_NEEDS, pilotsOn } from "../../helpers/pilots.ts";
import { isAlive, killIfThere, processesWith, uniqueMark, until } from "../../helpers/processes.ts";
import {
  ofKind,
  runJob,
  RUNS_UNTIL_STOPPED,
  runScript,
  runStopped,
} from "../../helpers/run_job.ts";
import { runResident } from "../../helpers/run_resident.ts";

const ONE = [{ name: "n1", workers: 4 }];
const TWO = [{ name: "n1", workers: 2 }, { name: "n2", workers: 2 }];

/** Defines a test of pilots. */
function pilotTest(name: string, test: () => Promise<void>): void {
  testWith(`pilot: ${name}`, PILOT_NEEDS, test);
}

/** Reads both streams of a worker to their end. */
async function outputOf({ stdout, stderr }: WorkerProcess): Promise<[string, string]> {
  const [out, err] = await Promise.all([stdout, stderr].map((one) => new Response(one).text()));
  return [out!, err!];
}

const ENDINGS: [script: string, exit: ProcessExit][] = [
  ["exit 0", { kind: "exited", code: 0 }],
  ["exit 7", { kind: "exited", code: 7 }],
  // No shell is between: such a code is not taken for a signal.
  ["exit 139", { kind: "exited", code: 139 }],
  ["kill -SEGV $$", { kind: "signaled", signal: "SIGSEGV" }],
  ["kill -KILL $$", { kind: "signaled", signal: "SIGKILL" }],
];

pilotTest("codes and signals are exact, on several nodes", async () => {
  const getCommand: GetCommand = (worker) => ["sh", "-c", ENDINGS[worker.extraData.range]![0]];
  const config = { totalItems: ENDINGS.length, numWorkers: 4, chunkSize: 1 };
  const result = await runJob(config, getCommand, { launcher: pilotsOn(TWO) });
  const ends = ofKind(result, "attempt-ended").sort((a, b) => a.range - b.range);
  assertEquals(ends.map(({ exit }) => exit), ENDINGS.map(([, exit]) => exit));
  const nodes = new Set(ofKind(result, "spawned").map(({ node }) => node));
  assertEquals(Array.from(nodes).sort(), ["n1", "n2"]);
});

pilotTest("arguments, variables and directory arrive as they are", async () => {
  await using run = await openPilots(ONE);
  for (const sample of argvSamples()) {
    const worker = await run.launch({
      command: "sh",
      args: ["-c", 'printf "%s\\0" "$@" "$SAMPLE" "$PWD"', "sh", ...sample],
      env: { SAMPLE: sample.join("") },
      cwd: "/usr",
    });
    const [out] = await outputOf(worker);
    assertEquals(out, [...sample, sample.join(""), "/usr", ""].join("\0"));
  }
});

pilotTest("a command that is not there is told with the node", async () => {
  await using run = await openPilots(ONE);
  const reasons: unknown[] = [];
  for (const command of [{ command: "no-such-program" }, { command: "true", cwd: "/no/such" }]) {
    const worker = await run.launch({ args: [], ...command });
    await outputOf(worker);
    reasons.push(await worker.status);
  }
  assertEquals(reasons, [
    {
      kind: "launch-failed",
      permanent: true,
      reason: "command not found on n1: no-such-program",
    },
    {
      kind: "launch-failed",
      permanent: true,
      reason: "working directory not found on n1: /no/such",
    },
  ]);
});

pilotTest("floods of several workers arrive whole, and signs of life pass them", async () => {
  await using run = await openPilots(ONE, { lease: 2_000 });
  const worker = () =>
    run.launch({ command: "sh", args: ["-c", "yes 0123456 | head -c 40000000; echo end >&2"] });
  const all = await Promise.all([worker(), worker(), worker()]);
  const outputs = await Promise.all(all.map(async ({ stdout, stderr }) => {
    let size = 0;
    for await (const chunk of stdout) size += chunk.length;
    return [size, await new Response(stderr).text()];
  }));
  assertEquals(outputs, [[40_000_000, "end\n"], [40_000_000, "end\n"], [40_000_000, "end\n"]]);
});

pilotTest("of thousands of workers, each may have less output on the way", async () => {
  await using run = await openPilots([{ name: "n1", workers: 10_000 }]);
  const worker = await run.launch({ command: "head", args: ["-c", "500000", "/dev/zero"] });
  const sizes: number[] = [];
  for await (const { length } of worker.stdout) sizes.push(length);
  await worker.stderr.cancel();
  assertEquals(sizes.reduce((sum, size) => sum + size, 0), 500_000);
  // What has come is read at once: it is never more than the window.
  assert(Math.max(...sizes) <= 8_192, `${Math.max(...sizes)}`);
});

pilotTest("a reader that stalls holds up its worker, not the lease nor others", async () => {
  await using run = await openPilots(ONE, { lease: 2_000 });
  const stalled = await run.launch({ command: "yes", args: [] });
  await stalled.placement;
  const start = performance.now();
  for (let count = 0; performance.now() - start < 4_000; count++) {
    const [out] = await outputOf(await run.launch({ command: "echo", args: [`${count}`] }));
    assertEquals(out, `${count}\n`);
  }
  assert(stalled.groupIsAlive());
  stalled.kill("SIGKILL");
  assertEquals(await stalled.status, { kind: "signaled", signal: "SIGKILL" });
  await outputOf(stalled);
});

pilotTest("stdin is passed on at the pace of the worker", async () => {
  await using run = await openPilots(ONE);
  const worker = await run.launch({ command: "cat", args: [], stdin: "piped" });
  const writer = worker.stdin!.getWriter();
  const reading = new Response(worker.stdout).bytes();
  const sent = crypto.getRandomValues(new Uint8Array(60_000));
  for (let part = 0; part < 20; part++) await writer.write(sent);
  await writer.close();
  const received = await reading;
  assertEquals(received.length, 1_200_000);
  assertEquals(received.subarray(-60_000), sent);
  await worker.stderr.cancel();
  assertEquals(await worker.status, { kind: "exited", code: 0 });
});

pilotTest("a worker that closes its stdin breaks the pipe", async () => {
  await using run = await openPilots(ONE);
  const args = ["-c", "exec <&-; echo closed; exec sleep 60"];
  const worker = await run.launch({ command: "sh", args, stdin: "piped" });
  const writer = worker.stdin!.getWriter();
  let error: unknown;
  while (error === undefined) {
    await writer.write(new Uint8Array(1_000)).catch((thrown) => error = thrown);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  assert(error instanceof Deno.errors.BrokenPipe, `${error}`);
  worker.kill("SIGKILL");
  await outputOf(worker);
});

pilotTest("resident workers answer range after range", async () => {
  const config = { totalItems: 400, chunkSize: 1, numWorkers: 4 };
  const result = await runResident(":", config, { launcher: pilotsOn(TWO) });
  assertEquals([result.summary.ok, result.summary.doneItems], [true, 400]);
  assertEquals(ofKind(result, "attempt-ended").length, 400);
  assertEquals(new Set(ofKind(result, "spawned").map(({ pid }) => pid)).size, 4);
});

pilotTest("a worker that ignores SIGTERM is killed after the grace", async () => {
  const { result, took } = await runStopped(`trap '' TERM; ${RUNS_UNTIL_STOPPED}`, {
    launcher: pilotsOn(ONE),
    gracePeriod: 500,
  });
  const [end] = ofKind(result, "attempt-ended");
  assertEquals(end!.exit, { kind: "signaled", signal: "SIGKILL" });
  assertEquals([end!.cause, result.summary.forcedKills], [{ kind: "stopped" }, 1]);
  assert(took >= 400, `${took}`);
});

pilotTest("what a worker leaves in its group is ended", async () => {
  const script = "(while :; do sleep 0.1; done) >/dev/null 2>&1 & echo $!";
  const result = await runScript(script, {}, { launcher: pilotsOn(ONE) });
  assertEquals([result.summary.ok, result.summary.leaked], [true, 1]);
  const [pid = ""] = ofKind(result, "log").flatMap(({ lines }) => lines);
  assertEquals(isAlive(Number(pid)), false);
});

pilotTest("output that a filter writes after the end of its worker is not cut", async () => {
  const script = "{ sleep 1; echo late; } | cat & echo early";
  const config = { totalItems: 4, numWorkers: 4 };
  const result = await runScript(script, config, { launcher: pilotsOn(ONE) });
  const lines = ofKind(result, "log").flatMap(({ lines }) => lines);
  assertEquals(lines.toSorted(), [...Array(4).fill("early"), ...Array(4).fill("late")]);
});

pilotTest(
  "what a failed worker leaves in a session of its own is ended before a retry",
  async () => {
    const left = "setsid sh -c 'echo $$; exec >/dev/null 2>&1; while :; do sleep 0.1; done' &";
    const script = `echo "$(${left})"; exit 3`;
    const result = await runScript(script, { maxRetries: 1, retryDelay: 1 }, {
      launcher: pilotsOn(ONE),
    });
    const pids = ofKind(result, "log").flatMap(({ lines }) => lines).map(Number);
    const [first = NaN, last = NaN] = pids;
    assertEquals([isAlive(first), isAlive(last)], [false, true]);
    // Nothing runs beside what the last attempt has left. It is told, with the node.
    Deno.kill(last, "SIGKILL");
    assertMatch(result.summary.warnings.join(), new RegExp(`^n1: .*\\b${last}\\b`));
  },
);

pilotTest("a worker that has more memory than its limit is ended", async () => {
  const memory = 60 * 2 ** 20;
  const script = `head -c 120000000 /dev/zero | tail -c 119999999 | sleep 60`;
  const result = await runScript(script, { memory, maxRetries: 0 }, { launcher: pilotsOn(ONE) });
  const [end] = ofKind(result, "attempt-ended");
  assertEquals(end!.cause, { kind: "out-of-memory", by: "limit", limit: memory });
});

pilotTest("workers that are suspended keep their lease", async () => {
  await using run = await openPilots(ONE, { lease: 2_000 });
  const worker = await run.launch({ command: "sh", args: ["-c", "sleep 0.2; echo on"] });
  worker.kill("SIGSTOP");
  await new Promise((resolve) => setTimeout(resolve, 500));
  worker.kill("SIGCONT");
  assertEquals(await outputOf(worker), ["on\n", ""]);
  assertEquals(await worker.status, { kind: "exited", code: 0 });
});

pilotTest("usage arrives while a worker runs, and at its end", async () => {
  await using run = await openPilots(ONE);
  const worker = await run.launch({ command: "sh", args: ["-c", "while :; do :; done"] });
  await until(() => (worker.usage!()?.cpu ?? 0) > 0.1, "its usage is known");
  worker.kill("SIGTERM");
  await outputOf(worker);
  await worker.status;
  const used = worker.used!();
  assert(used !== undefined && used.cpuSeconds > 0.1 && used.peakRss > 100_000, `${used}`);
});

pilotTest(
  "a pilot that is killed takes its workers with it, and their ranges run again",
  async () => {
    const [node, mark] = [uniqueMark(), uniqueMark()];
    let isKilled = false;
    const result = await runJob(
      { totalItems: 1, numWorkers: 1, maxRetries: 0, gracePeriod: 500 },
      () => ["sh", "-c", `echo MESSAGE: here; ${isKilled ? "exit 0" : "exec sleep 61"}`, mark],
      {
        launcher: pilotsOn([{ name: node, workers: 1 }], { lease: 2_000 }),
        onEvent: ({ kind }) => {
          if (kind !== "message" || isKilled) return;
          isKilled = true;
          const pilots = processesWith(node);
          assertEquals(pilots.length, 1);
          for (const pid of pilots) killIfThere(pid);
        },
      },
    );
    assertEquals([result.summary.ok, result.summary.attempts, result.summary.retries], [
      true,
      2,
      1,
    ]);
    const [first] = ofKind(result, "attempt-ended");
    assertEquals(first!.cause?.kind, "lost");
    assertEquals(processesWith(mark), []);
  },
);

/** A way to a node that a test can cut: two programs copy what goes there and what comes back. */
function relay(mark: string): string[] {
  const copy = `deno eval 'await Deno.stdin.readable.pipeTo(Deno.stdout.writable)' ${mark}`;
  return ["sh", "-c", `${copy} | setsid "$@" | ${copy}`, "sh"];
}

pilotTest("on a node that is cut off, workers end before their ranges run again", async () => {
  const mark = uniqueMark();
  const file = await Deno.makeTempFile();
  const script = `trap 'sleep 0.3; echo end >>"$1"; exit 1' TERM
    echo begin >>"$1"; echo MESSAGE: here; while :; do sleep 0.05; done`;
  let isCut = false;
  const result = await runJob(
    { totalItems: 1, numWorkers: 1, maxRetries: 0, gracePeriod: 1_000, retryDelay: 1 },
    () => ["sh", "-c", isCut ? 'echo again >>"$1"' : script, "sh", file],
    {
      launcher: pilotsOn([
        { name: "n1", workers: 1, way: relay(mark) },
        { name: "n2", workers: 1 },
      ], { lease: 2_000 }),
      onEvent: ({ kind }) => {
        if (kind !== "message" || isCut) return;
        isCut = true;
        for (const pid of processesWith(mark, "sh\0")) Deno.kill(pid, "SIGSTOP");
      },
    },
  );
  assertEquals([result.summary.ok, result.summary.attempts], [true, 2]);
  assertEquals(await Deno.readTextFile(file), "begin\nend\nagain\n");
  const [first] = ofKind(result, "attempt-ended");
  assertEquals(first!.cause, {
    kind: "lost",
    node: "n1",
    message: "no contact with the pilot on n1 for 2 s",
  });
  assertEquals(ofKind(result, "spawned").map(({ node }) => node), ["n1", "n2"]);
  await Deno.remove(file);
});

pilotTest("nothing is left when a run is over", async () => {
  const node = uniqueMark();
  const closed: string[] = [];
  const run = await openPilots([{ name: node, workers: 1 }], {
    onClosed: (name) => void closed.push(name),
  });
  await outputOf(await run.launch({ command: "true", args: [] }));
  assertEquals(processesWith(node).length, 1);
  await run[Symbol.asyncDispose]();
  assertEquals([closed, processesWith(node)], [[node], []]);
});

pilotTest("the pilot of a node that has left ends after its last worker", async () => {
  const [left, stays] = [uniqueMark(), uniqueMark()];
  const nodes = [{ name: left, workers: 1 }, { name: stays, workers: 1 }];
  const closed: string[] = [];
  let tellChange = () => {};
  await using run = await openPilots(nodes, {
    onClosed: (name) => void closed.push(name),
    onChange: (callback) => {
      tellChange = callback;
      return { [Symbol.dispose]: () => {} };
    },
  });
  const last = await run.launch({ command: "cat", args: [], stdin: "piped" });
  assertEquals((await last.placement)?.node, left);
  nodes.shift();
  tellChange();
  for (let count = 0; count < 2; count++) {
    const worker = await run.launch({ command: "echo", args: ["here"] });
    assertEquals([(await worker.placement)?.node, await outputOf(worker)], [stays, ["here\n", ""]]);
    await worker.status;
  }
  assertEquals([processesWith(left).length, closed], [1, []]);
  await last.stdin!.close();
  assertEquals(await outputOf(last), ["", ""]);
  assertEquals(await last.status, { kind: "exited", code: 0 });
  await until(() => closed.length > 0, "the pilot has ended");
  assertEquals([closed, processesWith(left)], [[left], []]);
});

pilotTest("a node without Deno runs its workers by agents, and that is told once", async () => {
  const deno = "/no/such/deno";
  await using run = await openPilots(TWO, { deno });
  const outputs: string[] = [];
  for (let count = 0; count < 4; count++) {
    const [out] = await outputOf(await run.launch({ command: "echo", args: ["here"] }));
    outputs.push(out);
  }
  assertEquals(outputs, ["here\n", "here\n", "here\n", "here\n"]);
  assertEquals(run.warnings.length, 1);
  assertMatch(run.warnings[0]!, /^no Deno was found on n1: .*--remote-deno/);
});

pilotTest("a worker waits for room", async () => {
  await using run = await openPilots([{ name: "n1", workers: 1 }]);
  const first = await run.launch({ command: "sh", args: ["-c", "echo 1; exec sleep 60"] });
  let isLaunched = false;
  const second = Promise.resolve(run.launch({ command: "echo", args: ["2"] })).then((worker) => {
    isLaunched = true;
    return worker;
  });
  await first.placement;
  await new Promise((resolve) => setTimeout(resolve, 100));
  assertEquals(isLaunched, false);
  first.kill("SIGKILL");
  await outputOf(first);
  assertEquals(await outputOf(await second), ["2\n", ""]);
});
