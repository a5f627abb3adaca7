// A remote worker whose work leaves its process group ends with it, as a local one does.
import { assert, assertEquals, assertMatch } from "@std/assert";
import type { WorkerCommand } from "@lambdawaker/executor/launchers";
import type { RemoteProcess } from "../../../src/launchers/remote/remote_process.ts";
import { agentIn, converse, inEachShell } from "../../helpers/agent.ts";
import {
  assertNoneLeft,
  inSession,
  killIfThere,
  processesWith,
  readUntil,
  uniqueMark,
} from "../../helpers/processes.ts";
import { runJob } from "../../helpers/run_job.ts";

/** Says that it works, and goes on. */
const WORK = "echo works; while :; do sleep 0.05; done";

const ESCAPES: Record<string, string> = {
  "a group by timeout": `timeout 100 sh -c '${WORK}' "$0"`,
  "a group by a shell": `exec bash -c 'set -m; sh -c "$1" "$0" & wait' "$0" '${WORK}'`,
  "a session": `setsid sh -c '${WORK}' "$0" & wait`,
  // One process: a child that it starts while it is ended could not be told from others.
  "a session, without its environment":
    `setsid env -i PATH="$PATH" sh -c 'echo works; exec tail -f /dev/null "$0"' "$0" 2>/dev/null & wait`,
  "a session, and ignores SIGTERM": `setsid sh -c 'trap "" TERM; ${WORK}' "$0" & wait`,
};

/** Starts a worker under an agent, and waits until it works elsewhere. */
async function startWorker(
  shell: string[],
  script: string,
): Promise<{ mark: string; worker: RemoteProcess }> {
  const mark = uniqueMark();
  const command: WorkerCommand = {
    command: "sh",
    args: ["-c", script, mark],
    env: { EXECUTOR_ATTEMPT_ID: `${crypto.randomUUID()}.0.1` },
  };
  const worker = await agentIn(shell).launch(command) as RemoteProcess;
  const stdout = worker.stdout as ReadableStream<Uint8Array<ArrayBuffer>>;
  const reader = stdout.pipeThrough(new TextDecoderStream()).getReader();
  await readUntil(reader, "works\n");
  reader.cancel();
  worker.stderr.cancel();
  return { mark, worker };
}

for (const [where, script] of Object.entries(ESCAPES)) {
  inEachShell(`a signal ends a worker that works in ${where}`, async (shell) => {
    const { mark, worker } = await startWorker(shell, script);
    worker.kill("SIGTERM");
    if (where.includes("ignores")) {
      await worker.status;
      assert(processesWith(mark).length > 0);
      assertEquals(worker.groupIsAlive(), true);
      worker.kill("SIGKILL");
    }
    await worker.status;
    await worker.closed;
    assertNoneLeft(mark);
  });
}

inEachShell("the end of the connection ends what works elsewhere", async (shell) => {
  const mark = uniqueMark();
  const script = `setsid sh -c 'trap "" TERM; ${WORK}' ${mark} & exec sleep 100`;
  const { text } = await converse(shell, { lease: 60_000, words: [/^works$/m, "end"], script });
  assertMatch(text, / EXIT signal TERM gone alive \d+\n[^]* GONE\n$/);
  assertNoneLeft(mark);
});

inEachShell("a range is not tried again beside what its first attempt left", async (shell) => {
  const [mark, beside] = [uniqueMark(), [] as number[][]];
  const script = `${inSession(WORK)}; exit 1`;
  const result = await runJob(
    { totalItems: 1, maxRetries: 1, retryDelay: 1, gracePeriod: 1_000 },
    ({ attempt }) => {
      beside.push(processesWith(mark));
      return ["sh", "-c", attempt === 2 ? "exit 0" : script, mark];
    },
    { launcher: agentIn(shell) },
  );
  assertEquals(beside, [[], []]);
  assertEquals([result.summary.ok, result.summary.leaked], [true, 1]);
});

inEachShell("what a worker that did its work leaves in a session stays", async (shell) => {
  const mark = uniqueMark();
  const script = inSession("kill -STOP $$");
  const result = await runJob(
    { totalItems: 1 },
    () => ["sh", "-c", script, mark],
    { launcher: agentIn(shell) },
  );
  const left = processesWith(mark);
  for (const pid of left) killIfThere(pid);
  assertEquals([result.summary.ok, result.summary.leaked, left.length], [true, 0, 1]);
});
