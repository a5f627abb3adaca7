/**
 * Directories of a run: opens those for logs and for results.
 *
 * @module
 */
import type { Clock } from "../base/clock.ts";
import { errorMessage } from "../base/errors.ts";
import type { Recovery } from "../journal/recovery.ts";
import type { ResolvedConfig } from "../model/resolve_config.ts";
import { ConfigError } from "../model/value_types.ts";
import { LogDirectory } from "../output/log_directory.ts";
import { BusyDirectoryError, ForeignDirectoryError } from "../output/owned_directory.ts";
import { ResultsDirectory } from "../output/results.ts";

/** Options of {@linkcode openDirectories}. */
export interface DirectoriesOptions {
  readonly runId: string;
  readonly clock: Clock;
  readonly recovery: Recovery;
  /** Called with a sentence if a log cannot be written. */
  readonly unwritten: (text: string) => void;
  /** Keeps the directories until the run has ended. */
  readonly owned: DisposableStack;
}

/**
 * Opens the directories for results and logs, as far as there are to be any.
 *
 * @throws {ConfigError} If that is impossible, one has files of another job, or another run writes it.
 */
export function openDirectories(
  { results, logDir }: ResolvedConfig,
  { unwritten: warn, recovery: earlier, runId, clock, owned }: DirectoriesOptions,
): { readonly results?: ResultsDirectory; readonly logs?: LogDirectory } {
  const run = { runId, earlier };
  const forLogs = { field: "logDir", path: logDir, what: "logs" };
  // A directory must not be claimed for a run that another one keeps from starting.
  inDirectory(forLogs, (path) => LogDirectory.check(path, run));
  return {
    results: inDirectory(
      { field: "results", path: results, what: "results" },
      (path) => owned.use(ResultsDirectory.open(path, { ...run, clock })),
    ),
    logs: inDirectory(forLogs, (path) => owned.use(LogDirectory.make(path, { ...run, warn }))),
  };
}

function inDirectory<T>(
  { field, path, what }: { field: string; path: string | undefined; what: string },
  open: (path: string) => T,
): T | undefined {
  if (path === undefined) return undefined;
  try {
    return open(path);
  } catch (error) {
    let wanted = "a directory that can be made";
    if (error instanceof BusyDirectoryError) {
      wanted = "a directory that no other run writes at the same time";
    } else if (error instanceof ForeignDirectoryError) {
      wanted =
        `a directory without ${what} of another job: name another directory, resume the journal of these ${what}, or remove them`;
    }
    throw new ConfigError(field, { wanted, value: path, reason: errorMessage(error) });
  }
}
