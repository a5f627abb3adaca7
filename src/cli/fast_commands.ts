/**
 * Descriptions of `executor run` and `executor demo` for help, manual and completions. They are run without Cliffy, which takes
 * longer to load than to start a worker. (Row start of bench/.)
 *
 * @module
 */
import { Command } from "@cliffy/command";
import type { AnyCommand } from "./cliffy_options.ts";

const DESCRIPTION = `Run a command for many items, several at a time.

The items are the words after :::, the lines of a file or of stdin, or the
numbers from 0 to TOTAL-1, split into ranges. No shell reads the command. In it,
{} is the item; {start} is the first number of a range, and {end} the one after
its last. A command that names no item of a list gets it at its end.`;

/** Describes `run` as a command of Cliffy. */
export function runCommand(): AnyCommand {
  return new Command()
    .description(DESCRIPTION)
    .usage("[options] -- <command...> [::: <items...>]")
    .example("Files", "$ executor run -- gzip -k ::: *.log")
    .example("Lines", "$ find . -name '*.wav' | executor run --items - -- flac {item}")
    .example("Python", "$ executor run -n 1000 -w 4 -- python3 resize.py {start} {end}")
    .example("One each", "$ executor run -n 20 -c 1 -- curl -fsSO http://host/{start}.png")
    .example("A shell", "$ executor run -n 8 -c 1 -- sh -c 'echo item {start}; sleep 1'");
}

/** Describes `demo` as a command of Cliffy. */
export function demoCommand(): AnyCommand {
  return new Command().description("Watch a job of which two workers fail.");
}
