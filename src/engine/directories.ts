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
import { ForeignDirectoryError } from "../output/owned_directory.ts";
import { ResultsDirectory } from "../output/results.ts";

/** Options of {@linkcode openDirectories}. */
export interface DirectoriesOptions {
  readonly runId: string;
  readonly clock: Clock;
  readonly recovery: Recovery;
  /** Called with a sentence if a log cannot be written. */
  readonly unwritten: (text: string) => void;
}

/**
 * Opens the directories for results and logs, as far as there are to be any.
 *
 * @throws {ConfigError} If that is impossible, or one has files of another job.
 */
export function openDirectories(
  { results, logDir }: ResolvedConfig,
  { unwritten: warn, recovery: earlier, runId, clock }: DirectoriesOptions,
): { readonly results?: ResultsDirectory; readonly logs?: LogDirectory } {
  const run = { runId, earlier };
  const forLogs = { field: "logDir", path: logDir, what: "logs" };
  // A directory must not be claimed for a run that another one keeps from starting.
  inDirectory(forLogs, (path) => LogDirectory.check(path, run));
  return {
    results: inDirectory(
      { field: "results", path: results, what: "results" },
      (path) => ResultsDirectory.open(path, { ...run, clock }),
    ),
    logs: inDirectory(forLogs, (path) => LogDirectory.make(path, { ...run, warn })),
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
    const isForeign = error instanceof ForeignDirectoryError;
    const wanted = isForeign
      ? `a directory without ${what} of another job: name another directory, resume the journal of these ${what}, or remove them`
      : "a directory that can be made";
    throw new ConfigError(field, { wanted, value: path, reason: errorMessage(error) });
  }
}
