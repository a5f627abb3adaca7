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
import { ForeignResultsError, ResultsDirectory } from "../output/results.ts";

/**
 * Opens the directory for results, if there is to be one.
 *
 * @throws {ConfigError} If that is impossible, or it has results of another job.
 */
export function openResults(
  { results }: ResolvedConfig,
  { recovery: earlier, ...run }: { runId: string; clock: Clock; recovery: Recovery },
): ResultsDirectory | undefined {
  if (results === undefined) return undefined;
  return inDirectory(
    "results",
    results,
    (path) => ResultsDirectory.open(path, { ...run, earlier }),
  );
}

/**
 * Opens the directory for logs, if there is to be one. `unwritten` is called with a sentence if a log cannot be written.
 *
 * @throws {ConfigError} If that is impossible.
 */
export function openLogs(
  { logDir }: ResolvedConfig,
  unwritten: (text: string) => void,
): LogDirectory | undefined {
  if (logDir === undefined) return undefined;
  return inDirectory("logDir", logDir, (path) => LogDirectory.make(path, unwritten));
}

function inDirectory<T>(field: string, path: string, open: (path: string) => T): T {
  try {
    return open(path);
  } catch (error) {
    const isForeign = error instanceof ForeignResultsError;
    const wanted = isForeign
      ? "a directory without results of another job: name another directory, resume the journal of these results, or remove them"
      : "a directory that can be made";
    throw new ConfigError(field, { wanted, value: path, reason: errorMessage(error) });
  }
}
