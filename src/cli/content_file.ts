/**
 * Files that reporters write while a run goes on: the events (`--events`), and the log of jobs (`--joblog`).
 *
 * @module
 */
import { openToAppend } from "../base/append_file.ts";
import { statOf, syncFile } from "../base/atomic_file.ts";
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
/** How often a file is looked at, in milliseconds. It is also looked at in the end. */
const LOOK_MS = 1_000;

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
  /** Whether it does, as the run resumes another one. Otherwise, the file is emptied when the run starts. */
  readonly isAppended: boolean;
}

/**
 * Opens the file of `--events`.
 *
 * @throws {UsageError} If that is impossible.
 */
export function openEvents({ path, isAppended }: ContentTarget): Reporter & Disposable {
  const make: Content["make"] = (terminal) => new JsonlReporter({ terminal });
  const names = { type: EventsFile, flag: "--events", noun: "the events", cutMark: CANCEL };
  return openContent(path, { ...names, make, isAppended });
}

/**
 * Opens the file of `--joblog`.
 *
 * @throws {UsageError} If that is impossible.
 */
export async function openJoblog(
  { path, isAppended }: ContentTarget,
): Promise<Reporter & Disposable> {
  const { JoblogReporter } = await import("../reporters/joblog_reporter.ts");
  const make: Content["make"] = (terminal) =>
    new JoblogReporter({ terminal, hasHead: !isAppended || !statOf(path)?.size });
  const names = { type: JoblogFile, flag: "--joblog", noun: "the log of jobs", cutMark: "" };
  return openContent(path, { ...names, make, isAppended });
}

function openContent(path: string, content: Content): ContentFile {
  const { type: File } = content;
  if (isPipe(path)) return new File(path, { ...content, file: openPipe(path, content) });
  try {
    const isNew = statOf(path) === undefined;
    const file = openToAppend(path, { isEmptied: false });
    const info = file.statSync();
    if (info.isFile) lockContent(file, path, content);
    const identity = info.isFile ? new FileIdentity(path, info) : undefined;
    const release = () => {
      file.close();
      try {
        if (isNew && identity?.isThere) Deno.removeSync(Deno.realPathSync(path));
      } catch {
        // An empty file is left.
      }
    };
    return new File(path, { ...content, file: Promise.resolve(file), identity, release });
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
  /** Gives the file back as it was found; absent for a pipe. */
  readonly release?: () => void;
}

/**
 * Reports through another reporter, whose text it writes to a file. The file is emptied with the first event: a run that is
 * refused has none, and leaves what an earlier run has written.
 */
class ContentFile implements Reporter, Disposable {
  /** See {@linkcode Reporter.path}. */
  readonly path: string;
  /** See {@linkcode Reporter.waitsForReader}. */
  readonly waitsForReader: boolean;
  readonly #noun: string;
  readonly #reporter: Reporter;
  readonly #content: OpenContent;
  #hasBegun = false;
  /** The least bytes that the file must have: those that were there, and those that were written. */
  #size = 0;
  /** When to look at the file again. */
  #lookAt = 0;
  /** Absent for what is no regular file. */
  readonly #identity: FileIdentity | undefined;

  constructor(path: string, content: OpenContent) {
    const { noun, make, file, identity } = content;
    this.path = path;
    this.#content = content;
    this.#noun = noun;
    this.waitsForReader = identity === undefined;
    this.#identity = identity;
    // The first write rejects, too.
    file.catch(() => {});
    const write = async (text: string) => {
      const bytes = encodeBytes(text);
      try {
        await writeAll(await file, bytes);
        this.#size += bytes.length;
      } catch (error) {
        // On stdout, a reader that leaves is no error; this was promised.
        throw error instanceof Deno.errors.BrokenPipe ? new Error("its reader has gone") : error;
      }
    };
    this.#reporter = make({ write });
  }

  report(event: RunEvent, state: RunState): void {
    try {
      if (!this.#hasBegun) this.#begin();
      this.#lookIfDue();
      this.#reporter.report(event, state);
    } catch (error) {
      throw this.#cannotWrite(error);
    }
  }

  async close(): Promise<void> {
    try {
      await this.#reporter.close?.();
      if (this.#identity === undefined) return;
      // Some file systems, such as NFS, tell only now that there was no room.
      await syncFile(await this.#content.file);
      this.#identity.check(this.#size);
    } catch (error) {
      throw this.#cannotWrite(error);
    }
  }

  /** Gives the file back as it was found, unless the run has started. */
  [Symbol.dispose](): void {
    if (!this.#hasBegun) this.#content.release?.();
  }

  #begin(): void {
    this.#hasBegun = true;
    if (this.#identity === undefined) return;
    if (this.#content.isAppended) endLastLine(this.path, this.#content);
    else Deno.openSync(this.path, { write: true, truncate: true }).close();
    this.#size = Deno.statSync(this.path).size;
  }

  /** Looks from time to time whether the file is as it must be. */
  #lookIfDue(): void {
    const now = performance.now();
    if (now < this.#lookAt) return;
    this.#lookAt = now + LOOK_MS;
    this.#identity?.check(this.#size);
  }

  #cannotWrite(error: unknown): Error {
    return new Error(`${this.#noun} ${this.path} cannot be written: ${errorMessage(error)}`);
  }
}

/** Writes each event as a line of JSON. */
class EventsFile extends ContentFile {}

/** Writes a line for each range that ends. */
class JoblogFile extends ContentFile {}
