import {
  type GetCommand,
  type RunEvent,
  type RunSummary,
  SubprocessExecutor,
  type TaskConfig,
} from "@lambdawaker/executor";
import { Journal, readJournal } from "@lambdawaker/executor/journal";

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
