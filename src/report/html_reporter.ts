/**
 * The report of a run as a file.
 *
 * @module
 */
import { errorMessage } from "../base/errors.ts";
import type { RunEvent } from "../model/events.ts";
import type { Reporter } from "../model/reporter.ts";
import type { RunState } from "../model/state.ts";
import { HistoryFold } from "./history/history_fold.ts";
import { renderReport } from "./page/document.ts";
import { probeReplace, replaceFile } from "../base/atomic_file.ts";

/** Options of {@linkcode HtmlReporter}. */
export interface HtmlReporterOptions {
  /**
   * What the run is called.
   *
   * @default {the program that the workers run}
   */
  title?: string;
}

/**
 * Writes a report of the run when it has ended: one HTML file that needs nothing else to be read, with a timeline, a table of
 * all attempts, and the failures with their logs. A file of that name is replaced. Needs `--allow-write`.
 *
 * @example
 * ```ts
 * import { HtmlReporter, SubprocessExecutor } from "@lambdawaker/executor";
 * import { assert } from "@std/assert";
 *
 * const path = await Deno.makeTempFile({ suffix: ".html" });
 * const executor = new SubprocessExecutor({ totalItems: 10 }, () => ["true"]);
 * await executor.run(new HtmlReporter(path, { title: "Nothing much" }));
 * assert((await Deno.readTextFile(path)).includes("Nothing much"));
 * await Deno.remove(path);
 * ```
 */
export class HtmlReporter implements Reporter {
  /** The file. */
  readonly path: string;
  readonly #fold: HistoryFold;

  /** Touches no file before the run starts. */
  constructor(path: string, options: HtmlReporterOptions = {}) {
    this.path = path;
    this.#fold = new HistoryFold(options);
  }

  /** See {@linkcode Reporter.report}. */
  report(event: RunEvent, state: RunState): void {
    // Better now than after hours of work.
    if (event.kind === "run-started") this.#probe();
    this.#fold.take(event, state);
  }

  /** See {@linkcode Reporter.close}: writes the file. */
  async close(): Promise<void> {
    const html = await renderReport(this.#fold.history());
    try {
      await replaceFile(this.path, html);
    } catch (error) {
      throw cannotWrite(this.path, error);
    }
  }

  #probe(): void {
    try {
      probeReplace(this.path);
    } catch (error) {
      throw cannotWrite(this.path, error);
    }
  }
}

function cannotWrite(path: string, error: unknown): Error {
  return new Error(`the report ${path} cannot be written: ${errorMessage(error)}`);
}
