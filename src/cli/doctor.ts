/**
 * `executor doctor`.
 *
 * @module
 */
import { Command } from "@cliffy/command";
import { diagnose } from "../doctor/diagnose.ts";
import { examine } from "../doctor/doctor.ts";
import { drawReport } from "../doctor/findings_report.ts";
import type { DoctorRange, Examination } from "../doctor/observation.ts";
import type { WorkerState } from "../model/types.ts";
import type { ColorChoice } from "../terminal/capabilities.ts";
import { resolveReporterOptions } from "../reporters/options.ts";
import { StdoutTerminal } from "../terminal/terminal.ts";
import { encodeRow } from "../terminal/style.ts";
import { HELP } from "./help.ts";
import { checkPlaces, checkProgram } from "./program.ts";
import { printError } from "./stderr.ts";
import { compileTemplate } from "./placeholders.ts";
import { colorType, durationType } from "./option_types.ts";
import { UsageError } from "./errors.ts";
import { type CommandEnd, makeExecutor } from "./run_and_watch.ts";

const DESCRIPTION = `Run one worker, and explain what it says.

For a worker that shows nothing in the grid, or wrong things. The command
after -- is run for real, as run does it, on the second half of the items:
with -n 20, on items 10 to 19, so that {start} is 10 and {end} is 20. If it
takes long enough, it is started a second time, to see whether it ends when
it is asked to.

Exit code: 0 no problem, 1 a problem, 2 wrong usage; after a signal,
that signal.`;

const DEFAULTS = { total: 20, timeout: 30_000, gracePeriod: 2_000 };
/** Longer lines are hard to read; narrower ones are no more than a word. */
const WIDTH = { min: 40, max: 80 };

/** Builds the command; `end` is told how the program is to end. */
// deno-lint-ignore no-explicit-any -- Cliffy's types spell every option out
export function doctorCommand(end: (end: CommandEnd) => void): Command<any> {
  return new Command()
    .description(DESCRIPTION)
    .help(HELP)
    .usage("[options] -- <command...>")
    .type("duration", durationType)
    .type("color", colorType)
    // The command itself stands after --; what stands before it is a mistake, told in words of our own.
    .arguments("[command...:string]")
    .option("-n, --total <items:integer>", "Items, half of which are done (default: 20).")
    .option("--timeout <time:duration>", "When it is stopped (default: 30s).")
    .option("--grace-period <time:duration>", "From asking to end to killing (default: 2s).")
    .option("--no-stop-test", "Do not run it a second time.")
    .option("--color <when:color>", "auto, always or never (default: auto).")
    .example("Python", "executor doctor -- python3 resize.py {start} {end}")
    .action(async function (options, ...misplaced: string[]) {
      const { color = "auto", stopTest = true, ...given } = options;
      const { total, timeout, gracePeriod } = { ...DEFAULTS, ...given };
      const argv = this.getLiteralArgs();
      const program = checkPlaces(argv, {
        misplaced: misplaced,
        example: "executor doctor -- python3 worker.py {start} {end}",
      });
      const fill = compileTemplate(argv, { totalItems: total });
      const range = secondHalf(total);
      // Made for what it says of the options.
      makeExecutor({ totalItems: total, timeout, gracePeriod }, { getCommand: fill });
      checkProgram(program);
      const command = fillFor(range, fill);
      await printError(`executor: runs ${program} once, for ${timeout / 1000} s at most\n`);
      const examination = await examine({
        ...{ template: argv, argv: command, range, fill, timeout, gracePeriod, stopTest },
        onSecondRun: () =>
          printError(`executor: runs it a second time, to ask it to end (SIGTERM)\n`),
      });
      end(await show(examination, color));
    });
}

/** Prints the report, and says how the program is to end. */
async function show(examination: Examination, choice: ColorChoice): Promise<CommandEnd> {
  const { observation, interruptedBy } = examination;
  const findings = diagnose(observation);
  const { color } = resolveReporterOptions({ color: choice });
  const terminal = new StdoutTerminal();
  const width = Math.max(WIDTH.min, Math.min(WIDTH.max, terminal.size().columns));
  const rows = drawReport(observation, { findings, width });
  try {
    await terminal.write(rows.map((row) => `${encodeRow(row, color)}\n`).join(""));
  } catch {
    // Nobody is there to read it.
  }
  if (interruptedBy !== undefined) return { signal: interruptedBy };
  return { code: findings.some(({ level }) => level === "problem") ? 1 : 0 };
}

function secondHalf(total: number): DoctorRange {
  if (total < 1) {
    throw new UsageError(
      `Cannot run the task as --total must be a positive integer: current value is ${total}`,
    );
  }
  return { startIndex: Math.floor(total / 2), endIndex: total, totalItems: total };
}

/** The command as it is run, to be shown. */
function fillFor(
  { startIndex, endIndex }: DoctorRange,
  fill: (worker: WorkerState) => string[],
): string[] {
  return fill({
    ...{
      index: 0,
      attempt: 1,
      maxAttempt: 1,
      status: "PENDING",
      progress: 0,
      message: "",
      log: [],
    },
    total: endIndex - startIndex,
    extraData: { startIndex, endIndex, rangeIndex: 0 },
  });
}
