/**
 * `executor run --dry-run`: prints the commands of a job, and runs nothing.
 *
 * @module
 */
import { concatBytes } from "../base/bytes.ts";
import { writeAll } from "../base/write_all.ts";
import { errorMessage } from "../base/errors.ts";
import { isThere, mayBeThere } from "../base/existence.ts";
import { ThisMachine } from "../base/machine.ts";
import { typeCommand, type TypedCommand } from "../base/shell.ts";
import { decodeBytes, encodeBytes } from "../base/surrogate_escape.ts";
import { checkLimits } from "../engine/admission/policies.ts";
import { SubprocessExecutor } from "../engine/executor.ts";
import { readOnlyJournal } from "../journal/journal.ts";
import type { Launcher, WorkerCommand, WorkerProcess } from "../launchers/launcher.ts";
import type { TaskConfig } from "../model/config.ts";
import type { RunEvent } from "../model/events.ts";
import type { JobOrigin } from "../model/job_origin.ts";
import type { Reporter } from "../model/reporter.ts";
import { isFailed } from "../model/statuses.ts";
import { ResultsDirectory } from "../output/results.ts";
import { causeText, nameItems } from "../reporters/wording.ts";
import { UsageError } from "./errors.ts";
import type { CommandJob } from "./job.ts";
import type { RunValues } from "./options.ts";
import { checkProgram } from "./program.ts";
import type { CommandEnd } from "./run_and_watch.ts";
import { printError } from "./stderr.ts";

/** What is run without `--dry-run`. */
export interface PlannedJob {
  readonly job: CommandJob;
  /** The config of the run. */
  readonly config: TaskConfig;
  /** The program, if it is one on this machine. */
  readonly localProgram: string | undefined;
  readonly origin: JobOrigin;
  /** The directory of the commands, if the person is in another one. */
  readonly directory?: string;
  /** Whether the journal is resumed. */
  readonly resume: boolean;
}

/**
 * Prints the commands that a run would start, in the order of its ranges. The engine goes through the job as ever, one range
 * after the other, with processes that end well at once; nothing is written but stdout and stderr.
 */
export async function dryRun(
  { journal, order, memoryFree, load, results, output }: Pick<
    RunValues,
    "journal" | "order" | "memoryFree" | "load" | "results" | "output"
  >,
  { job, config, localProgram, origin, resume, directory }: PlannedJob,
): Promise<CommandEnd> {
  const { command, getCommand, itemSpace, work } = job;
  if (localProgram !== undefined) await warnOfProgram(localProgram);
  if (typeof work.chunkSize === "object") {
    await printError(
      "executor: warning: these ranges are an example: in a run, their sizes follow from the time that items take\n",
    );
  }
  const lines = new LinePrinter();
  const launcher = new PrintingLauncher(command, { lines, directory });
  const messages = new Messages();
  // No start waits for them here, so that the engine does not learn of them.
  checkLimits({ memoryFree, load }, () => new ThisMachine());
  const { retryFrom, gpus, perGpu, threads, cpus, nice } = config;
  const creates = work.creates && messages.withMade(work.creates);
  const shown = { ...work, creates, retryFrom, order, gpus, perGpu, threads, cpus, nice };
  const executor = new SubprocessExecutor(shown, getCommand, {
    ...{ launcher, command, origin, itemSpace },
  });
  const outputs = {
    results: results === undefined ? undefined : ResultsDirectory.look(results),
    reportsWritten: output === "ordered",
  };
  // One that does not exist has nothing to tell.
  const hasRecord = journal !== undefined && mayBeThere(journal);
  const record = hasRecord ? readOnlyJournal(journal, { resume, outputs }) : undefined;
  const handle = executor.start(messages, { journal: record, signal: lines.closed });
  // The ranges are those of as many workers as there are to be; one worker takes them in their order.
  handle.setWorkers(1);
  const { exitCode, stoppedBy } = await handle.summary;
  await Promise.all([lines.close(), messages.finish()]);
  if (stoppedBy?.kind === "signal") return { code: exitCode, signal: stoppedBy.signal };
  if (lines.failure !== undefined) {
    await printError(`executor: the commands cannot be written: ${lines.failure}\n`);
    return { code: 1 };
  }
  // A reader that has read enough, such as head, is content.
  return { code: lines.closed.aborted ? 0 : exitCode };
}

/** Prints a warning if the program cannot be started: a run would be refused. */
async function warnOfProgram(program: string): Promise<void> {
  try {
    checkProgram(program);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    await printError(`executor: warning: ${error.message}\n`);
  }
}

/** Bytes that may wait for the reader of stdout. */
const MAX_WAITING = 1 << 18;

/** Writes lines to stdout: those that come while it is busy go out together. */
class LinePrinter {
  readonly #closed = new AbortController();
  /** Why the lines cannot be written, unless nobody wants to read them. */
  failure: string | undefined;
  #waiting = "";
  #writing: Promise<void> | undefined;

  /** Aborted when nobody reads any more. */
  get closed(): AbortSignal {
    return this.#closed.signal;
  }

  /** Prints a line. Waits if many lines wait. */
  async print(line: string): Promise<void> {
    this.#waiting += `${line}\n`;
    this.#writing ??= this.#writeAll();
    if (this.#waiting.length > MAX_WAITING) await this.#writing;
  }

  /** Resolves when everything is written. */
  async close(): Promise<void> {
    await this.#writing;
  }

  async #writeAll(): Promise<void> {
    try {
      while (this.#waiting !== "" && !this.closed.aborted) {
        const text = this.#waiting;
        this.#waiting = "";
        await writeAll(Deno.stdout, encodeBytes(text));
      }
    } catch (error) {
      if (!(error instanceof Deno.errors.BrokenPipe)) this.failure = errorMessage(error);
      this.#closed.abort();
    } finally {
      this.#writing = undefined;
    }
  }
}

/** Prints commands in place of starting them. */
class PrintingLauncher implements Launcher {
  readonly #template: readonly string[];
  readonly #lines: LinePrinter;
  readonly #directory: string | undefined;

  /** `template` is the command as the person wrote it. */
  constructor(
    template: readonly string[],
    { lines, directory }: { lines: LinePrinter; directory: string | undefined },
  ) {
    this.#template = template;
    this.#lines = lines;
    this.#directory = directory;
  }

  async launch(command: WorkerCommand): Promise<WorkerProcess> {
    const line = typeCommand(this.#toTyped(command));
    if (command.stdin === "piped") return new FedProcess((items) => this.#printFed(line, items));
    await this.#lines.print(line);
    return new EndedProcess();
  }

  /** Prints a command that gets items on its stdin. */
  async #printFed(line: string, items: Uint8Array): Promise<void> {
    const text = decodeBytes(items);
    const isNull = text.includes("\0");
    const words = text.split(isNull ? "\0" : "\n").slice(0, -1);
    const print = typeCommand({ argv: ["printf", isNull ? "%s\\0" : "%s\\n", ...words] });
    await this.#lines.print(`${print} | ${line}`);
  }

  #toTyped({ command, args, env = {}, cwd = this.#directory }: WorkerCommand): TypedCommand {
    const argv = [command, ...args];
    const shown = Object.entries(env).filter(([name]) => this.#isShown(name, argv));
    return { argv, env: Object.fromEntries(shown), cwd };
  }

  /**
   * Returns whether a variable is shown: those that every worker gets, only if the command names them, or if nothing was filled
   * into it, so that nothing else tells the worker its range.
   */
  #isShown(name: string, argv: readonly string[]): boolean {
    if (name === "PYTHONUNBUFFERED") return false;
    if (!name.startsWith("EXECUTOR_")) return true;
    const isNamed = new RegExp(`\\b${name}\\b`);
    if (this.#template.some((word) => isNamed.test(word))) return true;
    const isFilled = argv.length !== this.#template.length ||
      argv.some((word, at) => word !== this.#template[at]);
    return !isFilled && (name === "EXECUTOR_START" || name === "EXECUTOR_END");
  }
}

/** A process that has ended well without ever having run. */
class EndedProcess implements WorkerProcess {
  readonly pid = Deno.pid;
  readonly stdout = ReadableStream.from<Uint8Array>([]);
  readonly stderr = ReadableStream.from<Uint8Array>([]);
  readonly status: Promise<{ readonly kind: "exited"; readonly code: 0 }> = Promise.resolve({
    kind: "exited",
    code: 0,
  });

  kill(): void {}

  groupIsAlive(): boolean {
    return false;
  }
}

/** A process that ends well when all items were written to its stdin, and `onFed` has resolved. */
class FedProcess extends EndedProcess {
  readonly stdin: WritableStream<Uint8Array>;
  override readonly status: Promise<{ readonly kind: "exited"; readonly code: 0 }>;

  constructor(onFed: (items: Uint8Array) => Promise<void>) {
    super();
    const parts: Uint8Array[] = [];
    const { promise, resolve } = Promise.withResolvers<void>();
    this.stdin = new WritableStream({
      write: (bytes) => void parts.push(bytes.slice()),
      close: () => resolve(onFed(concatBytes(...parts))),
      abort: () => resolve(),
    });
    this.status = promise.then(() => ({ kind: "exited", code: 0 }));
  }
}

/** Prints warnings, and commands that could not be started, to stderr. */
class Messages implements Reporter {
  /** Resolves when all that came is printed. */
  printed: Promise<void> = Promise.resolve();

  #skipped = 0;
  /** The ranges whose commands were printed. */
  readonly #printed = new Set<number>();

  /** Returns a `creates` for which ranges have made their files as soon as their commands are printed. */
  withMade(creates: NonNullable<TaskConfig["creates"]>): NonNullable<TaskConfig["creates"]> {
    return (range) => {
      if (!this.#printed.has(range.range)) return creates(range);
      // Nothing is older than itself. Of what is no file, no age is known.
      const [item] = range.items ?? [];
      return item !== undefined && isThere(item) ? item : "/";
    };
  }

  /** Says how many items are skipped; resolves when all is printed. */
  async finish(): Promise<void> {
    const items = this.#skipped === 1
      ? "1 item, whose file is"
      : `${this.#skipped} items, whose files are`;
    if (this.#skipped > 0) this.#print(`skips ${items} there`);
    await this.printed;
  }

  /** See {@linkcode Reporter.report}. */
  report(event: RunEvent): void {
    if (event.kind === "run-started" && event.order !== undefined) {
      this.#print(`the order is ${event.order}`);
    }
    if (event.kind === "range-skipped") this.#skipped++;
    if (event.kind === "spawned") this.#printed.add(event.range);
    if (event.kind === "warning") this.#print(`warning: ${event.text}`);
    if (event.kind !== "range-ended" || !isFailed(event.status)) return;
    const { cause } = event;
    const reason = cause === undefined ? event.status : causeText(cause);
    this.#print(`${nameItems(event)} could not be started: ${reason}`);
  }

  #print(text: string): void {
    this.printed = this.printed.then(() => printError(`executor: ${text}\n`));
  }
}
