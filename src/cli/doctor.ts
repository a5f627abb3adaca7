/**
 * `executor doctor`: the command that runs one worker and explains its output.
 *
 * @module
 */
import { Command } from "@cliffy/command";
import { diagnose } from "../doctor/diagnose.ts";
import { examine } from "../doctor/doctor.ts";
import { drawReport } from "../doctor/findings_report.ts";
import type { DoctorRange, Examination } from "../doctor/observation.ts";
import type { Checked, Options } from "../model/option.ts";
import type { WorkerState } from "../model/types.ts";
import { boolean, integer } from "../model/value_types.ts";
import { resolveReporterOptions } from "../reporters/options.ts";
import type { ColorChoice } from "../terminal/capabilities.ts";
import { encodeRow } from "../terminal/style.ts";
import { StdoutTerminal } from "../terminal/terminal.ts";
import type { CommandSyntax } from "./argv.ts";
import { type AnyCommand, withOptions } from "./cliffy_options.ts";
import { UsageError } from "./errors.ts";
import { RUN_OPTIONS } from "./options.ts";
import { compileTemplate } from "./placeholders.ts";
import { checkProgram, noWords, programOf } from "./program.ts";
import { escapeHint, splitSources } from "./sources.ts";
import { SIGNAL_EXIT_CODES } from "../model/state.ts";
import type { CommandEnd } from "./run_and_watch.ts";
import { printError } from "./stderr.ts";

const DESCRIPTION = `Run one worker, and explain what it prints.

For a worker that shows nothing in the grid, or wrong things. The command
after -- is run for real, as run does it, on the second half of the items:
with -n 20, on items 10 to 19, so that {start} is 10 and {end} is 20. If it
takes long enough, it is started a second time, to see whether it ends when
it is asked to.

Exit code: 0 no problem, 1 a problem, 2 wrong usage; after a signal,
that signal.`;

/** The options of the command. */
export const DOCTOR_OPTIONS = {
  totalItems: {
    ...RUN_OPTIONS.totalItems,
    type: integer(1),
    default: 20,
    help: "Items; the second half is run",
  },
  timeout: { ...RUN_OPTIONS.timeout, default: 30_000, help: "Longest time for the worker" },
  gracePeriod: { ...RUN_OPTIONS.gracePeriod, default: 2_000 },
  stopTest: {
    flag: "--no-stop-test",
    type: boolean(),
    default: true,
    group: "Workers",
    help: "Do not run the worker a second time",
  },
  color: RUN_OPTIONS.color,
} satisfies Options;
/** Columns of the report: longer lines are hard to read, shorter ones hold only a word. */
const WIDTH = { min: 40, max: 80 };

/** Shows how a command line is written. */
const EXAMPLE = "executor doctor -- python3 worker.py {start} {end}";

/** What may stand in the command line. */
export const DOCTOR_SYNTAX: CommandSyntax = {
  options: DOCTOR_OPTIONS,
  checkWords: noWords(EXAMPLE),
  hasCommand: true,
};

/** Builds the command; `end` receives how the program is to end. */
export function doctorCommand(end: (end: CommandEnd) => void): AnyCommand {
  const command: AnyCommand = new Command()
    .description(DESCRIPTION)
    .usage("[options] -- <command...>")
    .example("Python", "$ executor doctor -- python3 resize.py {start} {end}");
  return withOptions(command, {
    options: DOCTOR_OPTIONS,
    action: async (values) => {
      end(await runDoctor(values, command.getLiteralArgs()));
    },
  });
}

async function runDoctor(
  { totalItems, timeout, gracePeriod, stopTest, color }: Checked<typeof DOCTOR_OPTIONS>,
  words: readonly string[],
): Promise<CommandEnd> {
  const { command: argv, sources } = splitSources(words);
  if (sources.length > 0) {
    throw new UsageError(
      `the doctor runs a job of numbers: leave out ::: and the items after it (${escapeHint()})`,
    );
  }
  programOf(argv, { example: EXAMPLE });
  const fill = compileTemplate(argv, { totalItems });
  const range = secondHalf(totalItems);
  const command = fillFor(range, fill);
  const program = command[0]!;
  checkProgram(program);
  await printError(`executor: runs ${program} once, for ${timeout / 1000} s at most\n`);
  const examination = await examine({
    ...{ template: argv, argv: command, range, fill, timeout, gracePeriod, stopTest },
    onSecondRun: () => printError(`executor: runs it a second time, to ask it to end (SIGTERM)\n`),
  });
  return await show(examination, color);
}

/** Prints the report, and returns how the program is to end. */
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
    // There is no reader.
  }
  if (interruptedBy !== undefined) {
    return { code: SIGNAL_EXIT_CODES[interruptedBy], signal: interruptedBy };
  }
  return { code: findings.some(({ level }) => level === "problem") ? 1 : 0 };
}

function secondHalf(total: number): DoctorRange {
  return { startIndex: Math.floor(total / 2), endIndex: total, totalItems: total };
}

/** Fills a command in for a range. */
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
    extraData: { startIndex, endIndex, range: 0 },
  });
}
