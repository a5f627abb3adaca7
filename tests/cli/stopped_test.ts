// An executor that does not run for a while (SIGSTOP, a machine that slept, a frozen cgroup) charges nobody for that time.
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { cliCommand, type CliResult, runCli } from "../helpers/cli.ts";
import { exists } from "../helpers/files.ts";
import { withFolder } from "../helpers/journal.ts";
import { LINUX, needs, testWith } from "../helpers/needs.ts";
import { assertNoneLeft, processesWith, until } from "../helpers/processes.ts";
import { ofKind, runJob } from "../helpers/run_job.ts";

const needsProc = needs(LINUX);
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Options of {@linkcode runStoppedAWhile}. */
interface StopOptions {
  /** Names that the worker makes a file of when it is time to stop the executor. */
  readonly cue?: string;
  /** For how long it is stopped, in milliseconds. */
  readonly ms?: number;
  /** Whether the workers are stopped, too, as in a frozen cgroup. */
  readonly all?: boolean;
  /** Called when the cue is there, before the stop. */
  readonly onCue?: (child: Deno.ChildProcess) => void;
}

/** Runs a script as the only worker, with the folder as `$0`, and stops the executor in the midst of it. */
async function runStoppedAWhile(
  options: string[],
  script: string,
  { cue = "cue", ms = 2_500, all = false, onCue }: StopOptions = {},
): Promise<CliResult> {
  let result: CliResult | undefined;
  await withFolder(async (folder) => {
    const child = cliCommand([
      ...["run", "--reporter", "plain", ...options],
      ...["--", "sh", "-c", script, folder],
    ]).spawn();
    const output = child.output();
    await until(() => exists(`${folder}/${cue}`), "the worker is there");
    onCue?.(child);
    // Its own command line holds the name of the folder, too.
    const pids = all ? processesWith(folder) : [child.pid];
    for (const pid of pids) signal(pid, "SIGSTOP");
    await pause(ms);
    for (const pid of pids) signal(pid, "SIGCONT");
    const { code, signal: ending, stdout, stderr } = await output;
    const decoder = new TextDecoder();
    const texts = { stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
    result = { code, signal: ending, ...texts };
    assertNoneLeft(folder);
  });
  return result!;
}

function signal(pid: number, name: Deno.Signal): void {
  try {
    Deno.kill(pid, name);
  } catch {
    // It has ended.
  }
}

const ENDS = "touch $0/cue; sleep 1; echo STATUS: SUCCESS";
const SPEAKS =
  "for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do echo MESSAGE: $i; touch $0/cue; sleep 0.2; done";

const ROWS: [name: string, options: string[], script: string, stop: StopOptions][] = [
  ["a worker that ended in time has kept --timeout", ["--timeout", "2s"], ENDS, {}],
  ["… and --stall-timeout", ["--stall-timeout", "2s"], ENDS, {}],
  ["… and --run-timeout", ["--run-timeout", "2500ms"], ENDS, {}],
  ["a worker that speaks all the time is not stalled", ["--stall-timeout", "1s"], SPEAKS, {}],
  [
    "a worker that was frozen as well has its whole time",
    ["--timeout", "2500ms", "--stall-timeout", "2500ms", "--run-timeout", "3s"],
    ENDS,
    { all: true, ms: 3_500 },
  ],
  [
    "an attempt is not slow for time in which nobody ran",
    ["-c", "1", "--slow-after", "4", "--kill-slow", "-r", "1"],
    "[ $EXECUTOR_START = 5 ] || { sleep 0.5; exit; }; touch $0/cue; sleep 1",
    { all: true },
  ],
];

for (const [name, options, script, stop] of ROWS) {
  testWith(`the executor is stopped: ${name}`, needsProc, async () => {
    const n = options.includes("--slow-after") ? "6" : "1";
    const { code, stdout } = await runStoppedAWhile(["-n", n, "-w", "1", ...options], script, stop);
    assertEquals(code, 0, stdout);
    assertEquals(/CRASHED|SLOW|RETRYING/.test(stdout), false, stdout);
  });
}

testWith("the executor is stopped: limits are kept all the same", needsProc, async () => {
  const script = "touch $0/cue; while :; do sleep 0.05; done";
  const endings = [["--timeout", ": timeout"], ["--stall-timeout", ": stall"]].map(
    async ([option, why]) => {
      const { code, stdout } = await runStoppedAWhile(["-n", "1", option!, "1s"], script);
      assertEquals(code, 1, stdout);
      assertStringIncludes(stdout, why!);
    },
  );
  await Promise.all(endings);
});

testWith(
  "the executor is stopped: the grace period is the worker's own time",
  needsProc,
  async () => {
    const script =
      `trap 'touch $0/asked; sleep 1; echo STATUS: SUCCESS; exit 0' TERM; touch $0/cue; while :; do sleep 0.05; done`;
    const stop = {
      cue: "asked",
      all: true,
      ms: 3_000,
    };
    const running = runStoppedAWhile(
      ["-n", "1", "--timeout", "1s", "--grace-period", "2s"],
      script,
      stop,
    );
    const { stdout } = await running;
    assertMatch(stdout, /CRASHED .*: timeout/);
    assertEquals(/kill/.test(stdout), false, stdout);
  },
);

testWith("the executor is stopped again and again, with its workers", needsProc, async () => {
  await withFolder(async (folder) => {
    const script = "touch $0/cue; for i in 1 2 3 4 5; do sleep 0.2; done";
    const child = cliCommand([
      ...["run", "-n", "1", "--timeout", "2s", "--reporter", "plain"],
      ...["--", "sh", "-c", script, folder],
    ]).spawn();
    const output = child.output();
    await until(() => exists(`${folder}/cue`), "the worker is there");
    for (let stops = 0; stops < 5; stops++) {
      const pids = processesWith(folder);
      for (const pid of pids) signal(pid, "SIGSTOP");
      await pause(700);
      for (const pid of pids) signal(pid, "SIGCONT");
      await pause(100);
    }
    const { code, stdout } = await output;
    assertEquals(code, 0, new TextDecoder().decode(stdout));
  });
});

Deno.test("a worker is not charged for an executor that is busy", async () => {
  const block = (ms: number) => {
    for (const end = performance.now() + ms; performance.now() < end;);
  };
  let blocks = 0;
  const script = "for i in 1 2 3 4 5 6 7 8 9 10; do echo PROGRESS: $i; sleep 0.1; done";
  const result = await runJob(
    { totalItems: 10, numWorkers: 1, timeout: 1_600, stallTimeout: 700 },
    () => ["sh", "-c", script],
    {
      onEvent: ({ kind }) => {
        if (kind === "progress" && ++blocks === 3) block(2_000);
      },
    },
  );
  assert(result.summary.ok, JSON.stringify(ofKind(result, "attempt-ended")));
});

Deno.test("limits may be longer than a timer of the platform", async () => {
  const { code, stdout, stderr } = await runCli([
    ...["run", "-n", "2", "-c", "1", "-w", "1", "-r", "1", "--retry-delay", "10ms,2,60d"],
    ...["--timeout", "60d", "--stall-timeout", "1000h", "--run-timeout", "9999d"],
    ...["--grace-period", "25d", "--reporter", "plain"],
    ...["--", "sh", "-c", "sleep 0.3; [ $EXECUTOR_ATTEMPT = 2 ]"],
  ]);
  assertEquals([code, stderr], [0, ""], stdout);
  assertEquals(stdout.match(/CRASHED/), null);
});

Deno.test("a retry that is to wait for weeks does wait", async () => {
  const control = new AbortController();
  const result = await runJob(
    {
      totalItems: 1,
      maxRetries: 5,
      retryDelay: { initial: 60 * 86_400_000, max: 60 * 86_400_000 },
    },
    () => ["false"],
    {
      signal: control.signal,
      onEvent: ({ kind }) => {
        if (kind === "retry-scheduled") setTimeout(() => control.abort(), 300);
      },
    },
  );
  assertEquals(ofKind(result, "attempt-started").length, 1);
  const [{ delay } = { delay: 0 }] = ofKind(result, "retry-scheduled");
  assert(delay >= 30 * 86_400_000, `${delay}`);
});
