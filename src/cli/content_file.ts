/**
 * Files that reporters write while a run goes on: the events (`--events`), and the log of jobs (`--joblog`).
 *
 * @module
 */
import { writeAll, writeAllSync } from "../base/write_all.ts";
import { systemClock } from "../base/clock.ts";
import { errorMessage, isUnsupported } from "../base/errors.ts";
import { FileIdentity } from "../base/file_identity.ts";
import { lockFile } from "../base/file_lock.ts";
import { encodeBytes } from "../base/surrogate_escape.ts";
import { CANCEL } from "../journal/reader.ts";
import type { RunEvent } from "../model/events.ts";
import type { Reporter } from "../model/reporter.ts";
import type { RunState } from "../model/state.ts";
import { JsonlReporter } from "../reporters/jsonl_reporter.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { UsageError } from "./errors.ts";
import { printError } from "./stderr.ts";

const NEWLINE = 10;

/** What is written to a file. */
interface Content {
  /** The class, by whose name warnings call it. */
  readonly type: typeof ContentFile;
  /** The option that names the file. */
  readonly flag: string;
  /** What error sentences call it. */
  readonly noun: string;
  /** Makes the reporter that writes it. */
  readonly make: (terminal: Pick<Terminal, "write">) => Reporter;
  /** Whether it goes on behind what the file has. */
  readonly isAppended: boolean;
  /** What is put behind a last line that was cut short, before the content goes on. */
  readonly cutMark: string;
}

/** A file, and whether the content goes on behind what it has. */
export interface ContentTarget {
  readonly path: string;
  /** Whether it does, as the run resumes another one. Otherwise, the file is emptied. */
  readonly isAppended: boolean;
}

/**
 * Opens the file of `--events`.
 *
 * @throws {UsageError} If that is impossible.
 */
export function openEvents({ path, isAppended }: ContentTarget): Reporter {
  const make: Content["make"] = (terminal) => new JsonlReporter({ terminal });
  const names = { type: EventsFile, flag: "--events", noun: "the events", cutMark: CANCEL };
  return openContent(path, { ...names, make, isAppended });
}

/**
 * Opens the file of `--joblog`.
 *
 * @throws {UsageError} If that is impossible.
 */
export async function openJoblog({ path, isAppended }: ContentTarget): Promise<Reporter> {
  const { JoblogReporter } = await import("../reporters/joblog_reporter.ts");
  const hasHead = !isAppended || !hasContent(path);
  const make: Content["make"] = (terminal) => new JoblogReporter({ terminal, hasHead });
  const names = { type: JoblogFile, flag: "--joblog", noun: "the log of jobs", cutMark: "" };
  return openContent(path, { ...names, make, isAppended });
}

function openContent(path: string, content: Content): Reporter {
  const { type: File } = content;
  if (isPipe(path)) return new File(path, { ...content, file: openPipe(path, content), size: 0 });
  try {
    // If somebody cuts the file, what follows must not leave a gap before it.
    const file = Deno.openSync(path, { append: true, create: true });
    const { isFile } = file.statSync();
    if (isFile) lockContent(file, path, content);
    if (!content.isAppended) Deno.openSync(path, { write: true, truncate: true }).close();
    else if (isFile) endLastLine(path, content);
    const info = file.statSync();
    const identity = info.isFile ? new FileIdentity(path, info) : undefined;
    return new File(path, { ...content, file: Promise.resolve(file), identity, size: info.size });
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(
      `${content.flag} must be a file that can be written: ${errorMessage(error)}`,
    );
  }
}

/** Ends the last line of a file if it was cut short, as by a full disk: what follows is in lines of its own. */
function endLastLine(path: string, { cutMark }: Content): void {
  using file = Deno.openSync(path, { read: true, append: true });
  if (file.statSync().size === 0) return;
  file.seekSync(-1, Deno.SeekMode.End);
  const last = new Uint8Array(1);
  file.readSync(last);
  if (last[0] !== NEWLINE) writeAllSync(file, encodeBytes(`${cutMark}\n`));
}

/** Refuses a file that another run writes, or keeps others from writing it. */
function lockContent(file: Deno.FsFile, path: string, { flag }: Content): void {
  // There, what is locked cannot be emptied, either.
  if (Deno.build.os === "windows") return;
  try {
    if (lockFile(file)) return;
  } catch (error) {
    if (isUnsupported(error)) return;
    throw error;
  }
  file.close();
  throw new UsageError(
    `${flag} must be a file that no other run writes at the same time: current value is "${path}"`,
  );
}

function hasContent(path: string): boolean {
  try {
    return Deno.statSync(path).size > 0;
  } catch {
    return false;
  }
}

/** Time after which a pipe that nobody reads is told, in milliseconds. */
const PIPE_NOTICE_MS = 2_000;

/** Opens a named pipe. That takes until somebody opens its other end; the run goes on meanwhile. */
async function openPipe(path: string, { noun }: Content): Promise<Deno.FsFile> {
  using _notice = systemClock.after(PIPE_NOTICE_MS, () => {
    const what = noun.replace(/^the/, "its");
    printError(`executor: nobody reads ${path}: ${what} must wait for a reader\n`);
  });
  return await Deno.open(path, { write: true });
}

function isPipe(path: string): boolean {
  try {
    return Deno.statSync(path).isFifo === true;
  } catch {
    return false;
  }
}

/** Content, and the file that it is written to. */
interface OpenContent extends Content {
  readonly file: Promise<Deno.FsFile>;
  /** Absent for what is no regular file. */
  readonly identity?: FileIdentity;
  /** The bytes that the file has already. */
  readonly size: number;
}

/** Reports through another reporter, whose text it writes to a file. */
class ContentFile implements Reporter {
  /** See {@linkcode Reporter.path}. */
  readonly path: string;
  /** See {@linkcode Reporter.waitsForReader}. */
  readonly waitsForReader: boolean;
  readonly #noun: string;
  readonly #reporter: Reporter;
  readonly #file: Promise<Deno.FsFile>;
  /** The least bytes that the file must have: those that were there, and those that were written. */
  #size: number;
  /** Absent for what is no regular file. */
  readonly #identity: FileIdentity | undefined;

  constructor(path: string, { noun, make, file, identity, size }: OpenContent) {
    this.path = path;
    this.#noun = noun;
    this.waitsForReader = identity === undefined;
    this.#identity = identity;
    this.#size = size;
    // The first write rejects, too.
    file.catch(() => {});
    this.#file = file;
    const write = async (text: string) => {
      const bytes = encodeBytes(text);
      this.#size += bytes.length;
      try {
        await writeAll(await file, bytes);
      } catch (error) {
        // On stdout, a reader that leaves is no error; this was promised.
        throw error instanceof Deno.errors.BrokenPipe ? new Error("its reader has gone") : error;
      }
    };
    this.#reporter = make({ write });
  }

  report(event: RunEvent, state: RunState): void {
    try {
      this.#reporter.report(event, state);
    } catch (error) {
      throw this.#cannotWrite(error);
    }
  }

  async close(): Promise<void> {
    try {
      await this.#reporter.close?.();
      this.#identity?.check();
      const { isFile, size } = await (await this.#file).stat();
      if (isFile && size < this.#size) throw new Error("another program has cut it");
    } catch (error) {
      throw this.#cannotWrite(error);
    }
  }

  #cannotWrite(error: unknown): Error {
    return new Error(`${this.#noun} ${this.path} cannot be written: ${errorMessage(error)}`);
  }
}

/** Writes each event as a line of JSON. */
class EventsFile extends ContentFile {}

/** Writes a line for each range that ends. */
class JoblogFile extends ContentFile {}
