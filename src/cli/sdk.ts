/**
 * `executor sdk`: the command that prints a file for workers in another language.
 *
 * @module
 */
import { Command } from "@cliffy/command";
import type { CommandSyntax } from "./argv.ts";
import { type AnyCommand, withOptions } from "./cliffy_options.ts";
import { UsageError } from "./errors.ts";
import { SDK_FILES } from "./sdk_files.generated.ts";

const LANGUAGES = Object.keys(SDK_FILES);

const DESCRIPTION = `Print a file for workers in another language.

With it, the same worker can be resident (run --resident), have a process for
each range, and be called by hand. Its first lines show how.`;

/** What may stand in the command line. */
export const SDK_SYNTAX: CommandSyntax = {
  options: {},
  checkWords: checkLanguage,
  hasCommand: false,
};

/** Builds the command. */
export function sdkCommand(
  { print }: { readonly print: (text: string) => Promise<void> },
): AnyCommand {
  const command: AnyCommand = new Command()
    .description(DESCRIPTION)
    .arguments("[language:string]")
    .usage(`<${LANGUAGES.join("|")}>`)
    .example("Python", "$ executor sdk python > executor_worker.py");
  return withOptions(command, {
    options: {},
    action: async (_values, [language]) => {
      await print(SDK_FILES[language as keyof typeof SDK_FILES]);
    },
  });
}

function checkLanguage([language, more]: readonly string[]): void {
  const wanted = `use ${LANGUAGES.join(", ")}, as in executor sdk python`;
  if (language === undefined) throw new UsageError(`there is no language: ${wanted}`);
  if (!LANGUAGES.includes(language)) throw new UsageError(`no language "${language}": ${wanted}`);
  if (more !== undefined) throw new UsageError(`"${more}" comes after the language: leave it out`);
}
