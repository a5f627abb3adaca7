/**
 * Reporter that writes an HTML report when the run has ended.
 *
 * @module
 */
import { probeReplace, replaceFile } from "../base/atomic_file.ts";
import { errorMessage } from "../base/errors.ts";
import { checkGiven, path as pathType, text } from "../model/value_types.ts";
import type { RunEvent } from "../model/events.ts";
import type { Reporter } from "../model/reporter.ts";
import type { RunState } from "../model/state.ts";
import { HistoryBuilder } from "./history/history_builder.ts";
import { renderReport } from "./page/document.ts";

/** Options of {@linkcode HtmlReporter}. */
export interface HtmlReporterOptions {
  /**
   * Title of the report.
   *
   * @default {the program that the workers run}
   */
  title?: string;
}

/**
 * Writes a report when the run has ended: one self-contained HTML file. It has a timeline, a table of all attempts, and the
 * failures with their logs. An existing file is replaced. Needs `--allow-write`.
 */
export class HtmlReporter implements Reporter {
  /** Path of the report. */
  readonly path: string;
  readonly #builder: HistoryBuilder;

  /**
   * Creates the reporter. It does not touch the file before the run starts.
   *
   * @throws {ConfigError} If the path or an option is not as it must be.
   */
  constructor(path: string | URL, options: HtmlReporterOptions = {}) {
    this.path = pathType().check(path, "path");
    checkGiven(options, { title: text() });
    this.#builder = new HistoryBuilder(options);
  }

  /** @ignore */
  report(event: RunEvent, state: RunState): void {
    // An error is better now than after hours of work.
    if (event.kind === "run-started") this.#probe();
    this.#builder.add(event, state);
  }

  /**
   * Writes the file.
   *
   * @ignore
   */
  async close(): Promise<void> {
    const html = await renderReport(this.#builder.history());
    try {
      await replaceFile(this.path, html, { isSafe: true });
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
