/**
 * File of events, made from `--events`.
 *
 * @module
 */
import { writeAll } from "../base/bytes.ts";
import { errorMessage } from "../base/errors.ts";
import { FileIdentity } from "../base/file_identity.ts";
import type { RunEvent } from "../model/events.ts";
import type { Reporter } from "../model/reporter.ts";
import { JsonlReporter } from "../reporters/jsonl_reporter.ts";
import { UsageError } from "./errors.ts";

/**
 * Opens the file, and empties it.
 *
 * @throws {UsageError} If that is impossible.
 */
export function openEvents(path: string): Reporter {
  try {
    const file = Deno.openSync(path, { write: true, create: true, truncate: true });
    return new EventsFile(path, file);
  } catch (error) {
    throw new UsageError(`--events must be a file that can be written: ${errorMessage(error)}`);
  }
}

/** Writes each event as a line of JSON. */
class EventsFile implements Reporter {
  /** See {@linkcode Reporter.path}. */
  readonly path: string;
  /** See {@linkcode Reporter.waitsForReader}. */
  readonly waitsForReader: boolean;
  readonly #reporter: JsonlReporter;
  readonly #identity: FileIdentity;

  constructor(path: string, file: Deno.FsFile) {
    this.path = path;
    const info = file.statSync();
    this.waitsForReader = !info.isFile;
    this.#identity = new FileIdentity(path, info);
    const write = async (text: string) => {
      await writeAll(file, new TextEncoder().encode(text));
    };
    this.#reporter = new JsonlReporter({ terminal: { write } });
  }

  report(event: RunEvent): void {
    try {
      this.#reporter.report(event);
    } catch (error) {
      throw this.#cannotWrite(error);
    }
  }

  async close(): Promise<void> {
    try {
      await this.#reporter.close();
      this.#identity.check();
    } catch (error) {
      throw this.#cannotWrite(error);
    }
  }

  #cannotWrite(error: unknown): Error {
    return new Error(`the events ${this.path} cannot be written: ${errorMessage(error)}`);
  }
}
