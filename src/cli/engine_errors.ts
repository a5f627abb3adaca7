/**
 * Errors of the engine and of journals, as errors of usage.
 *
 * @module
 */
import { JournalError } from "../journal/journal_error.ts";
import type { Options } from "../model/option.ts";
import { ConfigError } from "../model/value_types.ts";
import type { ReadOption } from "./argv.ts";
import { aboutFlag, flagOf, messageOfWord } from "./cliffy_options.ts";
import { UsageError } from "./errors.ts";
import { RUN_OPTIONS } from "./options.ts";

/**
 * Returns an error of usage for a job or a journal that cannot be run, and any other error as it is. It names options by their
 * flags and, if they are among the `given` ones, their values by the words of the command line.
 */
export function toUsageError(error: unknown, given: readonly ReadOption[]): unknown {
  if (error instanceof JournalError) return new UsageError(`the journal ${error.message}`);
  if (error instanceof ConfigError) return new UsageError(messageWithFlag(error, given));
  return error;
}

function messageWithFlag(error: ConfigError, given: readonly ReadOption[]): string {
  const options: Options = RUN_OPTIONS;
  const option = Object.hasOwn(options, error.field) ? options[error.field] : undefined;
  if (option === undefined) return error.message;
  const flag = flagOf(option);
  const word = given.findLast(({ name }) => name === flag)?.value;
  return word === undefined
    ? aboutFlag(error.messageFor(flag))
    : messageOfWord(error, option, word);
}
