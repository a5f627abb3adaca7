/**
 * `executor run`.
 *
 * @module
 */
import { Command } from "@cliffy/command";
import { compileTemplate } from "./template.ts";
import {
  colorType,
  durationType,
  haltOnType,
  reporterType,
  retryDelayType,
  retryFromType,
} from "./types.ts";
import { UsageError } from "./usage_error.ts";
import { type CommandEnd, runAndWatch } from "./watch.ts";

const DESCRIPTION = `Run one job as many worker processes, and watch it to its end.

The items 0 to TOTAL-1 are split into ranges; each range is one process of <command>, in whose arguments stand
  {start} {end}   the range's first item, and the item after its last
  {count}         how many items that is
  {worker}        the number of the worker, from 0
  {attempt}       the number of the attempt, from 1
  {total}         all items
  {{              a brace

Exit code: 0 all done, 1 some work failed, 2 wrong usage; after a signal, that signal.`;

/** Builds the command; `end` is told how the program is to end. */
// deno-lint-ignore no-explicit-any -- Cliffy's types spell every option out
export function runCommand(end: (end: CommandEnd) => void): Command<any> {
  return new Command()
    .description(DESCRIPTION)
    .type("duration", durationType)
    .type("retry-delay", retryDelayType)
    .type("halt-on", haltOnType)
    .type("retry-from", retryFromType)
    .type("reporter", reporterType)
    .type("color", colorType)
    .arguments("[command...:string]")
    .option("-n, --total <items:integer>", "How many items the job has.", { required: true })
    .option("-w, --workers <n:integer>", "Processes at once (default: one per CPU).")
    .option("-r, --retries <n:integer>", "How often a range that failed is tried again.", {
      default: 0,
    })
    .option("-c, --chunk-size <items:integer>", "Items per range (default: one range per worker).")
    .option(
      "--retry-delay <delay:retry-delay>",
      "Delay before a retry: initial[,factor,max,jitter] (default: 1s,2,30s,0.5).",
    )
    .option(
      "--retry-from <where:retry-from>",
      "Where a retry begins: after the last PROGRESS with `checkpoint`.",
      {
        default: "start" as const,
      },
    )
    .option("--strict", "A range that ends well with progress short of its size has failed.")
    .option("--timeout <time:duration>", "Longest time for one attempt.")
    .option("--stall-timeout <time:duration>", "Longest time without progress or message.")
    .option("--run-timeout <time:duration>", "Longest time for the whole run.")
    .option(
      "--grace-period <time:duration>",
      "Time from the request to end until the kill (default: 10s).",
    )
    .option(
      "--halt-on <failures:halt-on>",
      "Give up after so many failed ranges: 3:drain or 1:kill.",
    )
    .option("--grid-cols <n:integer>", "Columns of the grid (default: as many as fit).")
    .option("--title <text:string>", "What stands before the bar (default: the command's name).")
    .option(
      "--reporter <name:reporter>",
      "How to show the run; auto is grid in a terminal, else plain.",
      {
        default: "auto" as const,
      },
    )
    .option("--color <when:color>", "Whether to use colour.", { default: "auto" as const })
    .example("A Python worker", "executor run -n 1000 -w 4 -r 3 -- python3 resize.py {start} {end}")
    .example(
      "One process per item",
      "executor run -n 20 -c 1 -- curl -fsSO http://localhost/{start}.png",
    )
    .example("A shell", "executor run -n 8 -c 1 -- sh -c 'echo item {start}; sleep 1'")
    .stopEarly()
    .action(async function (options, ...words: string[]) {
      const { total, workers, retries, title, reporter, color, help: _, ...rest } = options as
        & typeof options
        & { help?: unknown };
      const argv = [...words, ...this.getLiteralArgs()];
      const program = argv[0];
      if (program === undefined) {
        throw new UsageError(
          "there is no command to run: put it after --, as in executor run -n 10 -- echo {start}",
        );
      }
      const config = { ...rest, totalItems: total, numWorkers: workers, maxRetries: retries };
      const name = title ?? program.split("/").at(-1) ?? program;
      end(
        await runAndWatch(config, compileTemplate(argv, total), { title: name, reporter, color }),
      );
    });
}
