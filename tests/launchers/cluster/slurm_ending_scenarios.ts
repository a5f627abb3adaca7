import { assert, assertEquals, assertMatch } from "@std/assert";
import type { GetCommand } from "@lambdawaker/executor";
import type { ProcessExit } from "@lambdawaker/executor/events";
import { SlurmLauncher } from "@lambdawaker/executor/launchers";
import { until } from "../../helpers/processes.ts";
import { ofKind, runJob, runScript, runStopped } from "../../helpers/run_job.ts";
import { Allocation, enter } from "./allocation.ts";
import { argvSamples, hex } from "./argv_samples.ts";
import { SlurmCluster } from "./slurm_cluster.ts";
import { remoteDenoOf, stepInBothWays, type Way } from "./ways.ts";
import { causeText } from "../../../src/reporters/wording.ts";

/** Calls a test with a launcher of each way, inside of an allocation of a cluster of its own. */
function withSlurm(
  test: (launcher: SlurmLauncher, way: Way) => Promise<void>,
): (t: Deno.TestContext) => Promise<void> {
  return async (t) => {
    await using cluster = await SlurmCluster.up();
    await using allocation = await Allocation.of(cluster);
    using _inside = enter(allocation);
    await stepInBothWays(t, async (way) => {
      await test(new SlurmLauncher({ lease: 3_000, remoteDeno: remoteDenoOf(way) }), way);
    });
  };
}

const ENDINGS: [script: string, exit: ProcessExit, ofAgent?: ProcessExit][] = [
  ["exit 0", { kind: "exited", code: 0 }],
  ["exit 7", { kind: "exited", code: 7 }],
  // An agent is a shell: such codes tell it of signals.
  ["exit 137", { kind: "exited", code: 137 }, { kind: "signaled", signal: "SIGKILL" }],
  ["exit 139", { kind: "exited", code: 139 }, { kind: "signaled", signal: "SIGSEGV" }],
  ["exit 255", { kind: "exited", code: 255 }],
  ["kill -SEGV $$", { kind: "signaled", signal: "SIGSEGV" }],
  ["kill -KILL $$", { kind: "signaled", signal: "SIGKILL" }],
  ["kill -TERM $$", { kind: "signaled", signal: "SIGTERM" }],
  ["kill -INT $$", { kind: "signaled", signal: "SIGINT" }],
];

Deno.test(
  "Slurm: codes and signals are exact",
  withSlurm(async (launcher, way) => {
    const getCommand: GetCommand = ({ extraData }) => [
      "sh",
      "-c",
      ENDINGS[extraData.range]![0],
    ];
    const config = { totalItems: ENDINGS.length, numWorkers: 4, chunkSize: 1 };
    const result = await runJob(config, getCommand, { launcher });
    const exits = ofKind(result, "attempt-ended").sort((a, b) => a.range - b.range);
    const expected = ENDINGS.map(([, exit, ofAgent = exit]) => way === "agents" ? ofAgent : exit);
    assertEquals(exits.map(({ exit }) => exit), expected);
  }),
);

Deno.test(
  "Slurm: arguments and environment arrive as they are",
  withSlurm(async (launcher) => {
    const samples = argvSamples();
    const getCommand: GetCommand = ({ extraData }) => ({
      command: "sh",
      args: [
        "-c",
        'for a; do printf "%s\\0" "$a"; done | od -An -vtx1 | tr -d " \\n"; echo; printf %s "$SAMPLE" | od -An -vtx1 | tr -d " \\n"',
        "sh",
        ...samples[extraData.range]!,
      ],
      env: { SAMPLE: samples[extraData.range]!.join("") },
    });
    const config = { totalItems: samples.length, numWorkers: 4, chunkSize: 1 };
    const result = await runJob(config, getCommand, { launcher });
    assert(result.summary.ok, JSON.stringify(result.summary));
    const logs = Map.groupBy(ofKind(result, "log"), ({ range }) => range);
    for (const [range, argv] of samples.entries()) {
      const lines = (logs.get(range) ?? []).flatMap(({ lines }) => lines);
      assertEquals(
        lines,
        [hex(argv.map((arg) => `${arg}\0`).join("")), hex(argv.join(""))].filter((line) =>
          line !== ""
        ),
      );
    }
  }),
);

Deno.test(
  "Slurm: a missing directory and a missing program are told, and not tried again",
  withSlurm(async (launcher) => {
    const config = { totalItems: 3, numWorkers: 3, maxRetries: 3, retryDelay: 10 };
    const commands = [
      { command: "true", args: [], cwd: "/no/such/place" },
      { command: "no-such-program", args: [] },
      { command: "/etc/passwd", args: [] },
    ];
    const result = await runJob(config, ({ index }) => commands[index]!, { launcher });
    const reasons = result.summary.failures.map(({ cause }) => causeText(cause)).sort();
    assertEquals(reasons.length, 3);
    assertMatch(
      reasons[0]!,
      /^command not executable on n\d: \/etc\/passwd( \(chmod \+x makes it executable\))?$/,
    );
    assertMatch(reasons[1]!, /^command not found on n\d: no-such-program$/);
    assertMatch(reasons[2]!, /^working directory not found on n\d: \/no\/such\/place$/);
    assertEquals(result.summary.attempts, 3);
  }),
);

const RUNS_UNTIL_STOPPED = 'echo "MESSAGE: here"; while :; do sleep 0.05; done';

Deno.test(
  "Slurm: a stop is handed on, and waits for what the worker does then",
  withSlurm(async (launcher) => {
    const script = `trap 'sleep 0.5; echo last words; exit 3' TERM; ${RUNS_UNTIL_STOPPED}`;
    const { result, took } = await runStopped(script, { launcher, gracePeriod: 5_000 });
    const [end] = ofKind(result, "attempt-ended");
    assertEquals(end!.exit, { kind: "exited", code: 3 });
    assertEquals([end!.status, end!.cause], ["PENDING", { kind: "stopped" }]);
    assertEquals(ofKind(result, "log").flatMap(({ lines }) => lines).at(-1), "last words");
    assertEquals(result.summary.forcedKills, 0);
    assert(took >= 400 && took < 3_000, `${took}`);
  }),
);

Deno.test(
  "Slurm: a worker that ignores SIGTERM is killed after the grace",
  withSlurm(async (launcher) => {
    const script = `trap '' TERM; ${RUNS_UNTIL_STOPPED}`;
    const { result, took } = await runStopped(script, { launcher, gracePeriod: 1_000 });
    const [end] = ofKind(result, "attempt-ended");
    assertEquals(end!.exit, { kind: "signaled", signal: "SIGKILL" });
    assertEquals(result.summary.forcedKills, 1);
    assert(took >= 900 && took < 3_000, `${took}`);
  }),
);

Deno.test(
  "Slurm: what a worker leaves behind is ended",
  withSlurm(async (launcher) => {
    const left = "while :; do sleep 0.1; done";
    const result = await runScript(`(${left}) >/dev/null 2>&1 & echo $!`, {}, { launcher });
    assert(result.summary.ok);
    assertEquals(result.summary.leaked, 1);
    const [line = ""] = ofKind(result, "log").flatMap(({ lines }) => lines);
    await until(() => !exists(`/proc/${line}`), "what it left is gone");
  }),
);

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}
