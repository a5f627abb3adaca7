/**
 * `executor completions`: the command that prints a completion script, which is made of the tables of options.
 *
 * @module
 */
import { alternatives } from "../base/alternatives.ts";
import { Command } from "@cliffy/command";
import type { CommandSyntax } from "./argv.ts";
import { type AnyCommand, withOptions } from "./cliffy_options.ts";
import { bashScript } from "./complete_bash.ts";
import { fishScript } from "./complete_fish.ts";
import { zshScript } from "./complete_zsh.ts";
import { type Completable, SHELLS, toCompletable } from "./completable.ts";
import { UsageError } from "./errors.ts";
import type { HelpSubject } from "./help_page.ts";

type Shell = (typeof SHELLS)[number];

/** The makers of the scripts. */
const SCRIPTS: Readonly<Record<Shell, (commands: readonly Completable[]) => string>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
};

/** What may stand in the command line: one shell. */
export const COMPLETIONS_SYNTAX: CommandSyntax = {
  options: {},
  checkWords: ([shell, other]) => {
    const wanted = `name ${alternatives(SHELLS)}`;
    if (shell === undefined) throw new UsageError(`there is no shell to complete in: ${wanted}`);
    if (!isShell(shell)) {
      throw new UsageError(`there are no completions for "${shell}": ${wanted}`);
    }
    if (other !== undefined) throw new UsageError(`"${other}" comes after the shell: leave it out`);
  },
  hasCommand: false,
};

const DESCRIPTION = `Print a completion script for bash, zsh or fish.

It completes commands, options and their values: files, directories, hosts of
ssh, reporters, journals; and after -- the command that is run. To install it:

  bash  executor completions bash > FILE, with FILE being executor in
        ~/.local/share/bash-completion/completions
  zsh   executor completions zsh > FILE, with FILE being _executor in a
        directory of $fpath
  fish  executor completions fish > ~/.config/fish/completions/executor.fish`;

/** Options of {@linkcode completionsCommand}. */
export interface CompletionsOptions {
  /** Returns all commands. */
  readonly subjects: () => Promise<readonly HelpSubject[]>;
  /** Prints a text to stdout. */
  readonly print: (text: string) => Promise<void>;
}

/** Builds the command. */
export function completionsCommand({ subjects, print }: CompletionsOptions): AnyCommand {
  const command: AnyCommand = new Command()
    .description(DESCRIPTION)
    .arguments("<shell>")
    .example("At once, in bash", '$ eval "$(executor completions bash)"');
  return withOptions(command, {
    options: {},
    action: async (_values, [shell]) => {
      const commands = (await subjects()).map(toCompletable);
      if (shell !== undefined && isShell(shell)) await print(SCRIPTS[shell](commands));
    },
  });
}

function isShell(word: string): word is Shell {
  return Object.hasOwn(SCRIPTS, word);
}
