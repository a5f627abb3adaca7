/**
 * Errors of the engine and of journals, as errors of usage.
 *
 * @module
 */
import { JournalError } from "../journal/journal_error.ts";
import { ConfigError } from "../model/value_types.ts";
import { messageWithFlag } from "./cliffy_options.ts";
import { UsageError } from "./errors.ts";
import { RUN_OPTIONS } from "./options.ts";

/** Returns an error of usage for a job or a journal that cannot be run, and any other error as it is. */
export function toUsageError(error: unknown): unknown {
  if (error instanceof JournalError) return new UsageError(`the journal ${error.message}`);
  if (error instanceof ConfigError) return new UsageError(messageWithFlag(error, RUN_OPTIONS));
  return error;
}
