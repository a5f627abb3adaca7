import { assert, assertEquals } from "@std/assert";
import { SuspendableClock } from "../../../src/base/clock.ts";
import { Admission } from "../../../src/engine/admission/admission.ts";
import { StartDelay } from "../../../src/engine/admission/start_delay.ts";
import { Gate } from "../../../src/engine/pool.ts";
import type { RunEvent, RunHandle } from "@lambdawaker/executor";
import { cliCommand, runCli } from "../../helpers/cli.ts";
import { FakeClock } from "../../helpers/fake_clock.ts";
import { FakeLauncher } from "../../helpers/fake_launcher.ts";
import { withFolder } from "../../helpers/journal.ts";
import { readUntil } from "../../helpers/processes.ts";
import { runJob } from "../../helpers/run_job.ts";

interface Paced {
  readonly base: FakeClock;
  readonly clock: SuspendableClock;
  readonly gate: Gate;
  readonly drain: AbortController;
  /** The starts: when they were, and whether they may be. */
  readonly starts: [at: number, mayStart: boolean][];
  readonly begin: (count: number, cancelled?: AbortSignal) => void;
}

function paced(delay: number): Paced {
  const [base, drain] = [new FakeClock(), new AbortController()];
  const clock = new SuspendableClock(base);
  const gate = new Gate(drain.signal);
  const policies = [new StartDelay(delay)];
  const admission = new Admission({ policies, clock, wallClock: base, gate, publish() {} });
  const zero = base.now();
  const starts: Paced["starts"] = [];
  const begin = (count: number, cancelled = new AbortController().signal) => {
    for (let each = 0; each < count; each++) {
      const request = { worker: each, isProcess: true, cancelled };
      admission.turn(request).then((mayStart) => starts.push([base.now() - zero, mayStart]));
    }
  };
  return { base, clock, gate, drain, starts, begin };
}

/** Advances in steps in which a suspendable clock sees no gap. */
async function pass(base: FakeClock, ms: number): Promise<void> {
  await base.advance(0);
  for (let each = 0; each < ms; each += 50) await base.advance(50);
}

Deno.test("starts are a delay apart, and the first one is at once", async () => {
  const { base, starts, begin } = paced(200);
  begin(3);
  await pass(base, 1_000);
  assertEquals(starts, [[0, true], [200, true], [400, true]]);
  begin(1);
  await base.advance(0);
  assertEquals(starts.at(-1), [1_000, true], "after a longer time, none waits");
});

Deno.test("those who wait during a pause do not start together after it", async () => {
  const { base, gate, starts, begin } = paced(100);
  gate.close();
  begin(3);
  await pass(base, 1_000);
  assertEquals(starts, []);
  gate.open();
  await pass(base, 500);
  assertEquals(starts, [[1_000, true], [1_100, true], [1_200, true]]);
});

Deno.test("a run that drains turns away those who wait, at once", async () => {
  const { base, drain, starts, begin } = paced(10_000);
  begin(3);
  await pass(base, 100);
  drain.abort();
  await base.advance(0);
  assertEquals(starts, [[0, true], [100, false], [100, false]]);
  begin(1);
  await base.advance(0);
  assertEquals(starts.at(-1), [100, false]);
});

Deno.test("time in which the run is suspended does not count", async () => {
  const { base, clock, starts, begin } = paced(300);
  begin(2);
  await pass(base, 100);
  clock.suspend();
  await pass(base, 1_000);
  clock.resume();
  await pass(base, 500);
  assertEquals(starts, [[0, true], [1_300, true]]);
});

Deno.test("a range that is cancelled takes no turn of others", async () => {
  const { base, starts, begin } = paced(1_000);
  const cancelled = new AbortController();
  begin(1);
  begin(2, cancelled.signal);
  begin(1);
  await pass(base, 500);
  cancelled.abort();
  await pass(base, 1_000);
  assertEquals(starts, [[0, true], [500, true], [500, true], [1_000, true]]);
});

Deno.test("a range that waits for its turn is cancelled at once", async () => {
  let handle: RunHandle | undefined;
  const { summary } = await runJob(
    { totalItems: 2, chunkSize: 1, numWorkers: 2, startDelay: 600_000 },
    () => ["true"],
    {
      onEvent: ({ kind }) => {
        if (kind === "attempt-ended") handle?.cancel(1);
      },
      onControl: (control) => void (handle = control),
    },
  );
  assertEquals([summary.exitCode, summary.counts.SUCCESS, summary.counts.FAILED], [1, 1, 1]);
});

/** Returns the times between the starts of attempts. */
function gapsOf(events: readonly RunEvent[]): number[] {
  const times = events.filter(({ kind }) => kind === "attempt-started").map(({ t }) => t);
  return times.slice(1).map((time, at) => time - times[at]!);
}

Deno.test("a job with a start delay starts no attempt sooner, retries too", async () => {
  const clock = new FakeClock();
  let launches = 0;
  const launcher = new FakeLauncher(() => ({
    lines: [],
    exit: { kind: "exited", code: ++launches === 2 ? 1 : 0 },
  }));
  const config = { totalItems: 4, chunkSize: 1, numWorkers: 4, maxRetries: 1, retryDelay: 0 };
  const running = runJob({ ...config, startDelay: 150 }, () => ["x"], { launcher, clock });
  let isOver = false;
  running.finally(() => isOver = true);
  for (let ms = 0; !isOver && ms < 10_000; ms += 50) await clock.advance(50);
  const { events, summary } = await running;
  assertEquals([summary.exitCode, gapsOf(events)], [0, [150, 150, 150, 150]]);
});

Deno.test("a worker without a range waits for no turn", async () => {
  async function* items() {
    yield "only one";
  }
  const { summary } = await runJob(
    { items: items(), numWorkers: 8, startDelay: 600_000 },
    () => ["true"],
  );
  assertEquals([summary.exitCode, summary.attempts], [0, 1]);
});

Deno.test("a drain leaves the ranges that wait for their turn undone, and resume runs them", async () => {
  await withFolder(async (folder) => {
    const journal = `${folder}/run.jsonl`;
    const args = ["run", "-n", "3", "-c", "1", "-w", "3", "--journal", journal];
    const first = await runCli([
      ...[...args, "--delay", "10m", "--halt-on", "1:drain", "--reporter", "quiet"],
      ...["--", "sh", "-c", `test -e ${folder}/fixed`],
    ]);
    assertEquals(first.code, 1);
    const events: RunEvent[] = (await Deno.readTextFile(journal)).trim().split("\n")
      .map((line) => JSON.parse(line));
    assertEquals(events.filter(({ kind }) => kind === "attempt-started").length, 1);
    await Deno.writeTextFile(`${folder}/fixed`, "");
    const second = await runCli([
      ...[...args, "--delay", "500ms", "--resume", "--reporter", "jsonl"],
      ...["--", "sh", "-c", `test -e ${folder}/fixed`],
    ]);
    const gaps = gapsOf(second.stdout.trim().split("\n").map((line) => JSON.parse(line)));
    assertEquals([second.code, gaps.length], [0, 2]);
    // An event may come a while after its attempt.
    for (const gap of gaps) assert(gap >= 250, `${gap}`);
  });
});

Deno.test("a signal ends a run whose workers wait for their turn at once", async () => {
  const child = cliCommand(
    [
      "run",
      "--delay",
      "10m",
      "-w",
      "3",
      "--reporter",
      "jsonl",
      "--",
      "sleep",
      ":::",
      "600",
      "1",
      "2",
    ],
  ).spawn();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let text = await readUntil(reader, '"spawned"');
  child.kill("SIGTERM");
  for (let read = await reader.read(); !read.done; read = await reader.read()) text += read.value;
  const { signal } = await child.status;
  await child.stderr.cancel();
  assertEquals(signal, "SIGTERM");
  assertEquals(text.match(/"attempt-started"/g)?.length, 1);
});

Deno.test("--delay needs a unit", async () => {
  const { code, stderr } = await runCli(["run", "--delay", "2", "-n", "1", "--", "true"]);
  assertEquals(code, 2);
  assert(stderr.includes("--delay must be a duration such as 30s, 1h30m or 2d"), stderr);
});
