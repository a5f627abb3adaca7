/**
 * Viewer of logs: shows in a pager what a worker has printed in its present attempt.
 *
 * @module
 */
import { errorMessage } from "../../base/errors.ts";
import { isFile } from "../../base/existence.ts";
import type { RunEvent } from "../../model/events.ts";
import type { WorkerState } from "../../model/types.ts";
import { logFileName } from "../../output/log_directory.ts";
import { openPager, type Pager } from "../../terminal/pager.ts";
import { TerminalFilter } from "../../terminal/sanitize.ts";
import { nameItems } from "../wording.ts";

/**
 * The largest number of characters that are kept in memory of all workers together, each of which has an equal part. A log
 * directory has no bound.
 */
const MAX_KEPT = 8 * 2 ** 20;

/** The lines of an attempt. */
interface KeptLog {
  readonly batches: (readonly string[])[];
  size: number;
  isCut: boolean;
}

/** Options of {@linkcode LogViewer}. */
export interface LogViewerOptions {
  /** The directory that has the whole logs, if there is one. Without it, the last lines are kept in memory. */
  readonly logDir?: string;
}

/** Keeps the lines of the workers, and shows them in a pager, one worker at a time. */
export class LogViewer {
  readonly #logDir: string | undefined;
  readonly #kept = new Map<number, KeptLog>();
  #pager: Pager | undefined;

  constructor({ logDir }: LogViewerOptions) {
    this.#logDir = logDir?.replace(/(?<=.)\/+$/, "");
  }

  /** Keeps the lines of an event, of a run with this number of workers. */
  addEvent(event: RunEvent, numWorkers: number): void {
    if (event.kind === "run-started") this.#kept.clear();
    if (event.kind === "attempt-started") this.#kept.delete(event.worker);
    if (event.kind === "log" && this.#logDir === undefined) {
      this.#add(event.worker, event.lines, MAX_KEPT / Math.max(1, numWorkers));
    }
  }

  /** Shows the log of a worker. Resolves when the pager is closed: to a sentence if it showed nothing. */
  async show(worker: WorkerState): Promise<string | undefined> {
    const file = this.#logFile(worker);
    if (file !== undefined) return await this.#page(file);
    let path: string;
    try {
      path = Deno.makeTempFileSync({ prefix: "executor-log-" });
    } catch (error) {
      return unwritten(error);
    }
    try {
      Deno.writeTextFileSync(path, this.#text(worker));
    } catch (error) {
      return remove(path) ?? unwritten(error);
    }
    const problem = await this.#page(path);
    return remove(path) ?? problem;
  }

  /** Closes the pager. */
  close(): void {
    this.#pager?.close();
  }

  async #page(path: string): Promise<string | undefined> {
    this.#pager = openPager(path);
    try {
      return await this.#pager.closed;
    } finally {
      this.#pager = undefined;
    }
  }

  /** Returns the file of the present attempt in the log directory, if it is there. */
  #logFile({ attempt, extraData: { range } }: WorkerState): string | undefined {
    if (this.#logDir === undefined || attempt === 0) return undefined;
    const path = `${this.#logDir}/${logFileName({ range, attempt })}`;
    return isFile(path) ? path : undefined;
  }

  #add(worker: number, lines: readonly string[], most: number): void {
    const log = this.#kept.get(worker) ?? { batches: [], size: 0, isCut: false };
    this.#kept.set(worker, log);
    log.batches.push(lines);
    log.size += sizeOf(lines);
    while (log.size > most && log.batches.length > 1) {
      log.size -= sizeOf(log.batches.shift()!);
      log.isCut = true;
    }
  }

  /** Returns the log as text, with a title; control sequences other than colours are removed. */
  #text({ index, attempt, extraData, log: last }: WorkerState): string {
    const { batches = [], isCut = false } = this.#kept.get(index) ?? {};
    const kept = batches.flat();
    // The state keeps a number of lines of each worker, whatever their length.
    const lines = kept.length >= last.length ? kept : last;
    const of = attempt === 0 ? "" : `, ${nameItems(extraData)}, attempt ${attempt}`;
    const text = [
      `log of worker ${index}${of}`,
      ...(isCut ? ["… earlier lines were not kept: --log-dir DIR keeps all of them"] : []),
      ...(lines.length === 0 ? ["It has printed no whole line so far."] : lines),
    ].map((line) => `${line}\n`).join("");
    return new TerminalFilter({ color: true }).filter(new TextEncoder().encode(text));
  }
}

function sizeOf(lines: readonly string[]): number {
  return lines.reduce((sum, line) => sum + line.length + 1, 0);
}

/** Returns a sentence for a log that cannot be written. */
function unwritten(error: unknown): string {
  return `the log cannot be written to a temporary file: ${errorMessage(error)}`;
}

/** Removes a temporary file. Returns a sentence if it is left. */
function remove(path: string): string | undefined {
  try {
    Deno.removeSync(path);
    return undefined;
  } catch (error) {
    // The pager, or a person, has removed it.
    if (error instanceof Deno.errors.NotFound) return undefined;
    return `the temporary file ${path} cannot be removed: ${errorMessage(error)}`;
  }
}
