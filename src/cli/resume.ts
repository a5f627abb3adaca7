/**
 * `executor resume`: the command that goes on with the job of a journal, without its command line.
 *
 * @module
 */
import { Command } from "@cliffy/command";
import { errorMessage } from "../base/errors.ts";
import { isAbsolutePath } from "../base/paths.ts";
import { quote } from "../base/shell.ts";
import { findOrphans } from "../journal/earlier_runs.ts";
import { type LastRun, readLastRun } from "../journal/last_run.ts";
import type { StartOrder } from "../model/config.ts";
import type { Options } from "../model/option.ts";
import type { CommandSyntax } from "./argv.ts";
import {
  type AnyCommand,
  checkValues,
  type GivenValues,
  readWord,
  withOptions,
} from "./cliffy_options.ts";
import { insteadInResume, SYNONYMS } from "./familiar.ts";
import { runReference } from "./reference.ts";
import { refuseDash } from "./destinations.ts";
import { UsageError } from "./errors.ts";
import { withAbsoluteHosts } from "./launcher.ts";
import { RUN_OPTIONS } from "./options.ts";
import { withKeptOrder } from "./output.ts";
import { journalOf } from "./recent_runs.ts";
import { isAllDone, recordedWork } from "./recorded_items.ts";
import { resumedOptions, withoutNeeds } from "./resumed_options.ts";
import { runJob, startDetached } from "./run.ts";
import type { CommandEnd } from "./run_and_watch.ts";
import { printError } from "./stderr.ts";

const DESCRIPTION = `Go on with the job of a journal.

What is not done is run. The command, its directory, the items and the
options are those that the journal has of its last run. Options that are
given here replace them, and are kept for the next time. The command and the
number of items cannot be replaced. The environment is not in the journal:
set variables again as they were.

Items that came from a file are read again; the file may have changed. Items
that came from a pipe are in the journal, if the pipe was read to its end.
Otherwise the list must be given again: --items FILE, or --items - for stdin.

In place of a journal, the name of a run may be given. executor ls lists recent
runs.

Exit code: as that of run; 0 if everything is done already, but 1 if output of
an earlier run is missing.`;

const EXAMPLE = "executor resume run.jsonl";

const {
  totalItems: _total,
  journal: _journal,
  keepsRecord: _keeps,
  resume: _resume,
  ...others
} = RUN_OPTIONS;

/** The options of the command: those of `run` that do not name the job or its record. */
const RESUME_OPTIONS = {
  ...withoutNeeds(others),
  items: { ...RUN_OPTIONS.items, help: "File of items in place of the list of before; - is stdin" },
  chunkSize: {
    ...RUN_OPTIONS.chunkSize,
    defaultText: "as before",
    help: "Items per range, for what is not done",
    details: undefined,
  },
} satisfies Options;

/** What may stand in the command line: one journal. */
export const RESUME_SYNTAX: CommandSyntax = {
  options: RESUME_OPTIONS,
  checkWords: ([journal, other]) => {
    if (journal === undefined || journal === "") {
      throw new UsageError(`there is no journal to resume: name one, as in ${EXAMPLE}`);
    }
    if (other === undefined) return;
    throw new UsageError(`"${other}" comes after the journal: name one journal, as in ${EXAMPLE}`);
  },
  hasCommand: false,
  reference: runReference,
  synonyms: SYNONYMS,
  insteadOf: insteadInResume,
};

/** Builds the command; `end` receives how the program is to end. */
export function resumeCommand(
  end: (end: CommandEnd) => void,
  print: (text: string) => Promise<void>,
): AnyCommand {
  const command: AnyCommand = new Command()
    .description(DESCRIPTION)
    .arguments("<journal:string>")
    .example("The rest", `$ ${EXAMPLE}`)
    .example("More workers", `$ ${EXAMPLE} -w 16`)
    .example("More retries", `$ ${EXAMPLE} -r 3 --timeout 10m`);
  return withOptions(command, {
    options: RESUME_OPTIONS,
    action: async (values, [journal], given) => {
      if (values.detach) return end(await startDetached(values, print));
      end(await resume(journal!, given));
    },
  });
}

async function resume(word: string, given: GivenValues): Promise<CommandEnd> {
  if (word === "-") refuseDash("journal", "the journal");
  const path = journalOf(word);
  const run = readLastRun(path);
  const recorded = recordedOptions(path, run);
  // Paths that are given here are relative to the directory of today, and those of the journal to that of the job.
  const journal = absolute(path);
  const changes = withAbsolutePaths(given);
  const directory = enterDirectory(path, run);
  const { totalItems, ...work } = recordedWork(run, { path, given: changes });
  const resumed = resumedOptions(withKeptOrder(recorded), withKeptOrder(changes));
  const options = { ...resumed.options, totalItems };
  const values = checkValues(RUN_OPTIONS, { ...options, journal, resume: true });
  if (await isAllDone(run, work, values)) {
    const { earlierRuns } = findOrphans(run.recovery, () => {});
    // An executor that was killed right after its last range may have left something, which a run ends.
    const mayBeLeft = run.recovery.left.mayLiveOn(earlierRuns);
    const look = values.dryRun ? "would be looked for, and ended" : "are looked for, and ended";
    const rest = mayBeLeft ? `; processes that its workers may have left ${look}` : "";
    await printError(`executor: the job of ${path} is done: there is nothing to resume${rest}\n`);
    if (!mayBeLeft || values.dryRun) return { code: 0 };
  }
  for (const note of resumed.notes) await printError(`executor: ${note}\n`);
  // Without ordered output, a run writes nothing of what those before still owe, and tells of it.
  const lacksOutput = run.recovery.promised.unwritten > 0 && values.output !== "ordered";
  return await runJob(values, { ...work, given: options, directory, lacksOutput });
}

/** Returns the options of the last run by their fields, as a command line would give them. */
function recordedOptions(path: string, { started }: LastRun): GivenValues {
  const { command, directory, sources, options = {} } = started;
  const missing = Object.entries({ command, directory, "sources of items": sources })
    .filter(([, value]) => value === undefined || value.length === 0).map(([name]) => name);
  if (missing.length > 0) {
    throw new UsageError(
      `the journal ${path} does not have the ${missing.join(", the ")} of its job: use ` +
        `executor run --journal ${quote(path)} --resume with the command line of before`,
    );
  }
  // The record itself is the one that was named now.
  const { journal: _journal, resume: _resume, protocol, ...rest } = options;
  try {
    const read = protocol === undefined ? {} : { protocol: readProtocol(protocol) };
    const given = { ...rest, ...read };
    checkValues(RUN_OPTIONS, given);
    return given;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw new UsageError(`the journal ${path} has an option that is not valid: ${error.message}`);
  }
}

function readProtocol(value: unknown): unknown {
  return readWord(RUN_OPTIONS.protocol, String(value));
}

/** Enters the directory of a job. Returns it, unless this process was in it already. */
function enterDirectory(
  path: string,
  { started: { directory } }: LastRun,
): string | undefined {
  try {
    const before = Deno.cwd();
    Deno.chdir(directory!);
    return Deno.cwd() === before ? undefined : directory;
  } catch (error) {
    throw new UsageError(
      `the job of the journal ${path} cannot be run in its directory "${directory}": ${
        errorMessage(error)
      }`,
    );
  }
}

/** Makes the paths among options independent of the working directory. */
function withAbsolutePaths(given: GivenValues): GivenValues {
  const isPath = (field: string) =>
    /<(?:file|dir)>/.test(RESUME_OPTIONS[field as keyof typeof RESUME_OPTIONS].flag);
  return Object.fromEntries(
    Object.entries(given).map(([field, value]) => {
      if (field === "order") return [field, withAbsoluteJournal(value as StartOrder)];
      if (field === "hosts") return [field, withAbsoluteHosts(String(value), absolute)];
      if (!isPath(field)) return [field, value];
      return [field, Array.isArray(value) ? value.map(absolute) : absolute(value as string)];
    }),
  );
}

function withAbsoluteJournal(order: StartOrder): StartOrder {
  const isByJournal = typeof order === "object" && "longest" in order;
  return isByJournal ? { longest: absolute(String(order.longest)) } : order;
}

function absolute(path: string): string {
  if (path === "-" || isAbsolutePath(path)) return path;
  try {
    return `${Deno.cwd()}/${path}`;
  } catch (error) {
    // It is gone, or its name is not UTF-8.
    throw new UsageError(
      `"${path}" must be an absolute path, as the working directory cannot be read: ${
        errorMessage(error)
      }`,
    );
  }
}
