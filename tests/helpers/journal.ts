import {
  type GetCommand,
  type RunEvent,
  type RunSummary,
  SubprocessExecutor,
  type TaskConfig,
} from "@lambdawaker/executor";
import { Journal, readJournal } from "@lambdawaker/executor/journal";
import { isAlive } from "./processes.ts";

/** Calls a test with a temporary folder. */
export async function withFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Runs a job with a journal. */
export function runRecorded(
  config: TaskConfig,
  getCommand: GetCommand,
  { path, resume, command, signal }: {
    path: string;
    resume?: boolean;
    command?: readonly string[];
    signal?: AbortSignal;
  },
): Promise<RunSummary> {
  const executor = new SubprocessExecutor(config, getCommand, { command });
  const journal = new Journal(path, { resume });
  return executor.run([], { journal, signal, handleSignals: false });
}

/**
 * Starts a process as the one attempt of a journal would have left it in its group, and changes the journal as if the executor
 * and its reaper had been killed right after the range. The process is stopped, and is killed in the end.
 */
export function leaveGroup(path: string): { readonly pid: number } & AsyncDisposable {
  const { attemptId } = eventsIn(path, "attempt-started")[0]!;
  const child = new Deno.Command("sh", {
    args: ["-c", "kill -STOP $$"],
    env: { EXECUTOR_ATTEMPT_ID: attemptId },
    detached: true,
  }).spawn();
  const { pid } = child;
  const lines = Deno.readTextFileSync(path).split("\n")
    .filter((line) => !line.includes('"kind":"run-ended"'))
    .map((line) =>
      line.replace('"kind":"attempt-ended"', `"kind":"attempt-ended","leftGroup":${pid}`)
    );
  Deno.writeTextFileSync(path, lines.join("\n"));
  return {
    pid,
    async [Symbol.asyncDispose]() {
      if (isAlive(pid)) child.kill("SIGKILL");
      await child.status;
    },
  };
}

/** Returns the events of one kind in a journal. */
export function eventsIn<K extends RunEvent["kind"]>(
  path: string,
  kind: K,
): (RunEvent & { kind: K })[] {
  return Array.from(readJournal(path)).filter((event) => event.kind === kind) as (
    & RunEvent
    & { kind: K }
  )[];
}
