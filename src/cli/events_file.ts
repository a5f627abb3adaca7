/**
 * File of events, made from `--events`.
 *
 * @module
 */
import { writeAll } from "../base/bytes.ts";
import { systemClock } from "../base/clock.ts";
import { errorMessage } from "../base/errors.ts";
import { FileIdentity } from "../base/file_identity.ts";
import type { RunEvent } from "../model/events.ts";
import type { Reporter } from "../model/reporter.ts";
import type { RunState } from "../model/state.ts";
import { JsonlReporter } from "../reporters/jsonl_reporter.ts";
import { UsageError } from "./errors.ts";
import { printError } from "./stderr.ts";

/**
 * Opens the file, and empties it.
 *
 * @throws {UsageError} If that is impossible.
 */
export function openEvents(path: string): Reporter {
  if (isPipe(path)) return new EventsFile(path, openPipe(path));
  try {
    Deno.openSync(path, { write: true, create: true, truncate: true }).close();
    // If somebody cuts the file, the next events must not leave a gap before them.
    const file = Deno.openSync(path, { append: true });
    const info = file.statSync();
    const identity = info.isFile ? new FileIdentity(path, info) : undefined;
    return new EventsFile(path, Promise.resolve(file), identity);
  } catch (error) {
    throw new UsageError(`--events must be a file that can be written: ${errorMessage(error)}`);
  }
}

/** Time after which a pipe that nobody reads is told, in milliseconds. */
const PIPE_NOTICE_MS = 2_000;

/** Opens a named pipe. That takes until somebody opens its other end; the run goes on meanwhile. */
async function openPipe(path: string): Promise<Deno.FsFile> {
  using _notice = systemClock.after(PIPE_NOTICE_MS, () => {
    printError(`executor: nobody reads ${path}: its events wait for a reader\n`);
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

/** Writes each event as a line of JSON. */
class EventsFile implements Reporter {
  /** See {@linkcode Reporter.path}. */
  readonly path: string;
  /** See {@linkcode Reporter.waitsForReader}. */
  readonly waitsForReader: boolean;
  readonly #reporter: JsonlReporter;
  readonly #file: Promise<Deno.FsFile>;
  /** Bytes that were written. */
  #written = 0;
  /** Absent for what is no regular file. */
  readonly #identity: FileIdentity | undefined;

  constructor(path: string, file: Promise<Deno.FsFile>, identity?: FileIdentity) {
    this.path = path;
    this.waitsForReader = identity === undefined;
    this.#identity = identity;
    // The first write rejects, too.
    file.catch(() => {});
    this.#file = file;
    const write = async (text: string) => {
      const bytes = new TextEncoder().encode(text);
      this.#written += bytes.length;
      try {
        await writeAll(await file, bytes);
      } catch (error) {
        // On stdout, a reader that leaves is no error; these events were promised.
        throw error instanceof Deno.errors.BrokenPipe ? new Error("its reader has gone") : error;
      }
    };
    this.#reporter = new JsonlReporter({ terminal: { write } });
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
      await this.#reporter.close();
      this.#identity?.check();
      const { isFile, size } = await (await this.#file).stat();
      if (isFile && size < this.#written) throw new Error("another program has cut it");
    } catch (error) {
      throw this.#cannotWrite(error);
    }
  }

  #cannotWrite(error: unknown): Error {
    return new Error(`the events ${this.path} cannot be written: ${errorMessage(error)}`);
  }
}
