/**
 * `executor doctor`: the command that runs one worker and explains its output.
 *
 * @module
 */
import { Command } from "@cliffy/command";
import { writeAll } from "../base/write_all.ts";
import { errorMessage } from "../base/errors.ts";
import { diagnose } from "../doctor/diagnose.ts";
import { examine } from "../doctor/doctor.ts";
import { drawReport } from "../doctor/findings_report.ts";
import type { Examination } from "../doctor/observation.ts";
import { CONFIG_OPTIONS } from "../model/config_options.ts";
import type { Checked, Options } from "../model/option.ts";
import { boolean, integer } from "../model/value_types.ts";
import { resolveReporterOptions } from "../reporters/options.ts";
import type { ColorChoice } from "../terminal/capabilities.ts";
import { encodeRow } from "../terminal/style.ts";
import { StdoutTerminal } from "../terminal/terminal.ts";
import type { CommandSyntax } from "./argv.ts";
import { type AnyCommand, type GivenValues, withOptions } from "./cliffy_options.ts";
import { patternText } from "./option_types.ts";
import { OutputError } from "./errors.ts";
import { ITEM_SYNONYMS } from "./familiar.ts";
import { RUN_OPTIONS } from "./options.ts";
import { checkProgram, noWords } from "./program.ts";
import { SIGNAL_EXIT_CODES } from "../model/state.ts";
import type { CommandEnd } from "./run_and_watch.ts";
import { printError } from "./stderr.ts";
import { DEFAULT_ITEMS, ITEM_OPTIONS, readTrialJob } from "./trial_job.ts";

const DESCRIPTION = `Run one worker, and explain what it prints.

For a worker that shows nothing in the grid, or wrong things. The command
after -- is run for real, as run does it, for one range: the first item of
a list, or else the second half of the numbers. With -n 20, these are items
10 to 19, so that {start} is 10 and {end} is 20. If it takes long enough, it
is started a second time, to see whether it ends when it is asked to.

With --resident, the worker gets three ranges on its stdin, one after
another, and must answer each one by its id.

The doctor also finds out which --progress-pattern reads what it prints.

Exit code: 0 no problem, 1 a problem, 2 wrong usage; after a signal,
that signal.`;

/** The options of the command. */
export const DOCTOR_OPTIONS = {
  ...ITEM_OPTIONS,
  totalItems: {
    ...RUN_OPTIONS.totalItems,
    type: integer(1),
    defaultText: `${DEFAULT_ITEMS}`,
    help: "Number of items; the second half is run",
  },
  chunkSize: {
    ...RUN_OPTIONS.chunkSize,
    help: "Items of the range",
    details: undefined,
    defaultText: "all of that half",
  },
  resident: {
    ...CONFIG_OPTIONS.resident,
    help: "The worker is resident: it gets ranges on its stdin",
  },
  protocol: RUN_OPTIONS.protocol,
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
  checkWords: noWords("executor doctor", { example: EXAMPLE }),
  hasCommand: true,
  synonyms: ITEM_SYNONYMS,
};

/** Builds the command; `end` receives how the program is to end. */
export function doctorCommand(end: (end: CommandEnd) => void): AnyCommand {
  const command: AnyCommand = new Command()
    .description(DESCRIPTION)
    .usage("[options] -- <command...>")
    .example("Python", "$ executor doctor -- python3 resize.py {start} {end}")
    .example("Resident", "$ executor doctor --resident -- python3 work.py")
    .example("An item", "$ executor doctor -- ./align.sh ::: data/x");
  return withOptions(command, {
    options: DOCTOR_OPTIONS,
    action: async (values, _words, given) => {
      end(await runDoctor(values, { words: command.getLiteralArgs(), given }));
    },
  });
}

async function runDoctor(
  { timeout, gracePeriod, stopTest, color, protocol, ...items }: Checked<typeof DOCTOR_OPTIONS>,
  { words, given }: { words: readonly string[]; given: GivenValues },
): Promise<CommandEnd> {
  const warn = (text: string) => void printError(`executor: warning: ${text}\n`);
  const job = await readTrialJob(words, { ...items, given, warn, example: EXAMPLE });
  const program = job.argv[0]!;
  checkProgram(program);
  const pattern = protocol && { protocol, option: patternText(protocol) ?? "" };
  await printError(`executor: runs ${program} once, for ${timeout / 1000} s at most\n`);
  const examination = await examine({
    ...{ ...job, pattern, timeout, gracePeriod, stopTest },
    onSecondRun: () => printError(`executor: runs it a second time, to ask it to end (SIGTERM)\n`),
  });
  return await show(examination, color);
}

/** Prints the report, and returns how the program is to end. */
async function show(examination: Examination, choice: ColorChoice): Promise<CommandEnd> {
  const { observation, interruptedBy } = examination;
  const findings = diagnose(observation);
  const { color } = resolveReporterOptions({ color: choice });
  const { columns } = new StdoutTerminal().size();
  const width = Math.max(WIDTH.min, Math.min(WIDTH.max, columns));
  const rows = drawReport(observation, { findings, width });
  try {
    const text = rows.map((row) => `${encodeRow(row, color)}\n`).join("");
    await writeAll(Deno.stdout, new TextEncoder().encode(text));
  } catch (error) {
    if (!(error instanceof Deno.errors.BrokenPipe)) throw new OutputError(errorMessage(error));
  }
  if (interruptedBy !== undefined) {
    return { code: SIGNAL_EXIT_CODES[interruptedBy], signal: interruptedBy };
  }
  return { code: findings.some(({ level }) => level === "problem") ? 1 : 0 };
}
