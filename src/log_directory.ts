/**
 * The directory with a file per attempt.
 *
 * @module
 */
import { AttemptLog } from "./attempt_log.ts";
import { errorMessage } from "./error_message.ts";
import type { AttemptRef } from "./events.ts";

/** What is kept of a range is named so that names and ranges have the same order. */
export function rangeName(range: number): string {
  return `range-${`${range}`.padStart(5, "0")}`;
}

/** Names the files of a run's attempts, and says once when they cannot be written. */
export class LogDirectory {
  readonly #path: string;
  readonly #warn: (text: string) => void;
  #hasWarned = false;

  /** Makes the directory where there is none; throws when that cannot be done. */
  constructor(path: string, warn: (text: string) => void) {
    Deno.mkdirSync(path, { recursive: true });
    this.#path = path.replace(/(?<=.)\/+$/, "");
    this.#warn = warn;
  }

  /** Opens the file of an attempt; throws when that must wait until other files are closed. */
  open({ range, attempt }: Pick<AttemptRef, "range" | "attempt">): AttemptLog {
    const name = `${rangeName(range)}.attempt-${attempt}.log`;
    const path = `${this.#path}/${name}`;
    return new AttemptLog(path, (error) => {
      if (this.#hasWarned) return;
      this.#hasWarned = true;
      this.#warn(`the log ${path} cannot be written, the work goes on: ${errorMessage(error)}`);
    });
  }
}
