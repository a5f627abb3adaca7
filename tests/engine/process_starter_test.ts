// Starts of processes: backpressure while the system is short of resources, and placement on a node.
import { type Launcher, LaunchError } from "@lambdawaker/executor/launchers";
import { SubprocessExecutor } from "@lambdawaker/executor";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { explainSpawnError } from "../../src/launchers/spawn_errors.ts";
import { cliCommandLine } from "../helpers/cli.ts";
import { FakeClock, settle } from "../helpers/fake_clock.ts";
import { FakeLauncher } from "../helpers/fake_launcher.ts";
import { withFolder } from "../helpers/journal.ts";
import { needs, POSIX, testWith } from "../helpers/needs.ts";
import { ofKind, runJob } from "../helpers/run_job.ts";

const exhausted = () => new LaunchError("no files", { exhausted: true });

Deno.test("a launch that the system has no room for waits until another attempt ends", async () => {
  const real = new FakeLauncher(() => ({ lines: [], exit: { kind: "exited", code: 0 } }));
  let running = 0;
  const launcher: Launcher = {
    launch(command) {
      if (running === 1) throw exhausted();
      running++;
      const process = real.launch(command);
      process.status.then(() => running--);
      return process;
    },
  };
  const result = await runJob({ totalItems: 3, numWorkers: 3 }, () => ["x"], { launcher });
  assertEquals([result.summary.ok, result.summary.attempts, result.summary.retries], [true, 3, 0]);
  assertEquals(result.summary.delayedLaunches, 2);
  assertEquals(
    ofKind(result, "launch-delayed").map(({ range, reason }) => [range, reason]),
    [[1, "waits for others to end: no files"], [2, "waits for others to end: no files"]],
  );
});

Deno.test("a launch fails after 30 refusals while no attempt runs", async () => {
  const clock = new FakeClock();
  const launcher: Launcher = {
    launch() {
      throw exhausted();
    },
  };
  let isOver = false;
  const executor = new SubprocessExecutor({ totalItems: 1 }, () => ["x"], { launcher, clock });
  const running = executor.run([], { handleSignals: false }).finally(() => isOver = true);
  const start = clock.now();
  while (!isOver) await clock.advance(500);
  const summary = await running;
  assertEquals(summary.failures[0]?.cause, { kind: "launch", message: "no files" });
  assertEquals(summary.attempts, 1);
  assert(clock.now() - start >= 29_000, `${clock.now() - start} ms`);
});

Deno.test("a stop cancels a launch that waits", async () => {
  const control = new AbortController();
  const launcher: Launcher = {
    launch() {
      throw exhausted();
    },
  };
  const result = await runJob({ totalItems: 1 }, () => ["x"], {
    launcher,
    signal: control.signal,
    onEvent: ({ kind }) => kind === "launch-delayed" && settle().then(() => control.abort()),
  });
  assertEquals([result.summary.failures, result.summary.stopped], [[], 1]);
});

for (
  const [code, words] of [
    ["EAGAIN", "no more processes"],
    ["EMFILE", "no more open files (limit: ulimit -n)"],
    ["ENFILE", "no more open files (limit of the whole system)"],
    ["ENOMEM", "no more memory"],
  ] as const
) {
  Deno.test(`${code} at a spawn is exhausted, not permanent`, () => {
    const error = explainSpawnError(Object.assign(new Error("no"), { code }), { command: "x" });
    assertEquals([error.exhausted, error.permanent], [true, false]);
    assertStringIncludes(error.message, words);
  });
}

/** Runs 60 items with 40 workers under a limit that a shell sets. */
async function runLimited(limit: string, options: string[] = []): Promise<string> {
  const line = cliCommandLine(["run", "-n", "60", "-c", "1", "-w", "40", ...options]);
  const { code, stdout, stderr } = await new Deno.Command("sh", {
    args: ["-c", `${limit}; exec "$@"`, "sh", line.command, ...line.args, "--", "sleep", "1"],
    env: { NO_COLOR: "1" },
  }).output();
  const text = new TextDecoder().decode(stdout);
  assertEquals([code, new TextDecoder().decode(stderr)], [0, ""], text);
  assertStringIncludes(text, ": 60 done of 60 items");
  return text;
}

testWith(
  "too few open files: all ranges are done, and the user sees that launches had to wait",
  needs(POSIX),
  async () => {
    await withFolder(async (folder) => {
      const options = ["--journal", `${folder}/run.jsonl`, "--log-dir", `${folder}/logs`];
      const text = await runLimited("ulimit -n 80", options);
      assertStringIncludes(
        text,
        "waits for others to end: command cannot be started: the system has no more",
      );
      assert(/! \d+ launches had to wait/.test(text), text);
      assert(!text.includes("cannot be written"), text);
      const logs = Array.from(Deno.readDirSync(`${folder}/logs`), ({ name }) => name);
      assertEquals(logs.filter((name) => name.endsWith(".log")).length, 60);
    });
  },
);

const PIDS = "/sys/fs/cgroup/pids";

/** Returns whether a cgroup that limits processes can be made. */
function mayLimitProcesses(): boolean {
  const group = `${PIDS}/executor-${crypto.randomUUID()}`;
  try {
    Deno.mkdirSync(group);
    Deno.removeSync(group);
    return true;
  } catch {
    return false;
  }
}

testWith(
  "too few processes: all ranges are done, and the user sees that launches had to wait",
  needs({ name: "a cgroup of processes", isMet: mayLimitProcesses() }),
  async () => {
    const group = `${PIDS}/executor-${crypto.randomUUID()}`;
    await Deno.mkdir(group);
    try {
      await Deno.writeTextFile(`${group}/pids.max`, "40");
      const text = await runLimited(`echo $$ > ${group}/cgroup.procs`);
      assertStringIncludes(text, "no more processes");
    } finally {
      await Deno.remove(group);
    }
  },
);

Deno.test("the time-outs of an attempt count from its placement, which is published", async () => {
  const placement = Promise.withResolvers<{ node: string; id: string; pid: number }>();
  const fake = new FakeLauncher(() => ({ lines: [] }));
  const launcher = {
    launch() {
      const process = fake.launch({ command: "x", args: [] });
      setTimeout(() => placement.resolve({ node: "n7", id: "4.2", pid: 99 }), 300);
      return Object.assign(process, { placement: placement.promise });
    },
  };
  const config = { totalItems: 1, numWorkers: 1, timeout: 200 };
  const result = await runJob(config, () => ["x"], { launcher });
  const [spawned] = ofKind(result, "spawned");
  assertEquals([spawned!.node, spawned!.engineId, spawned!.pid], ["n7", "4.2", 99]);
  const [ended] = ofKind(result, "attempt-ended");
  assertEquals(ended!.cause, { kind: "timeout" });
  assert(ended!.t - spawned!.t >= 190, `${ended!.t - spawned!.t}`);
});
