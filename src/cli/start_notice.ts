/**
 * Notice of a run in the background that it has started, for the command that began it.
 *
 * @module
 */
import { writeAllSync } from "../base/write_all.ts";
import { errorMessage } from "../base/errors.ts";
import type { RunEvent } from "../model/events.ts";
import type { Reporter } from "../model/reporter.ts";
import { isAllDone, type RunState } from "../model/state.ts";

/** The variable that names the file which the run is to write when it has started. */
export const START_NOTICE = "EXECUTOR_START_NOTICE";

/** The bytes that a notice has room for: a name has at most 63. */
const ROOM = 100;

/** Returns the file that becomes the notice when it is whole. */
const draftOf = (path: string) => `${path}.new`;

/**
 * Takes room on the disk for a notice, so that the run can write it whatever else fills the disk.
 *
 * @throws {Error} If there is no room.
 */
export function reserveNotice(path: string): void {
  Deno.writeTextFileSync(draftOf(path), " ".repeat(ROOM), { createNew: true, mode: 0o600 });
}

/** Reads the name of a run that has started. Removes the files of the notice. */
export function takeNotice(path: string): string | undefined {
  try {
    return Deno.readTextFileSync(path).trim();
  } catch {
    return undefined;
  } finally {
    for (const file of [path, draftOf(path)]) removeQuietly(file);
  }
}

/** Removes a file, if it is there. */
export function removeQuietly(path: string): void {
  try {
    Deno.removeSync(path);
  } catch {
    // It is not there, or somebody else has removed it.
  }
}

/** Options of {@linkcode StartNotice}. */
export interface StartNoticeOptions {
  /** The name of the run. */
  readonly name: string;
  /** Resolves when the run can be reached by others, or will not be. */
  readonly reachable: Promise<void>;
  /** Called with a sentence if the notice cannot be written. */
  readonly warn: (text: string) => void;
}

/** Writes the name of a run to a file once its first worker has started, or all is done. */
export class StartNotice implements Reporter {
  readonly #path: string;
  readonly #options: StartNoticeOptions;
  #isWritten = false;

  /** `path` is that of the notice, for which there is room. */
  constructor(path: string, options: StartNoticeOptions) {
    this.#path = path;
    this.#options = options;
  }

  /** See {@linkcode Reporter.report}. */
  report(event: RunEvent, state: RunState): void {
    if (event.kind === "spawned") this.#options.reachable.then(() => this.#write());
    if (event.kind === "run-ended" && (state.attempts > 0 || isAllDone(state))) this.#write();
  }

  #write(): void {
    if (this.#isWritten) return;
    this.#isWritten = true;
    try {
      this.#fill();
    } catch (error) {
      const why = errorMessage(error);
      this.#options.warn(`the command that began the run waits for its end, as ${why}`);
    }
  }

  #fill(): void {
    {
      using file = Deno.openSync(draftOf(this.#path), { write: true });
      // Spaces follow, up to the room that was taken.
      writeAllSync(file, new TextEncoder().encode(`${this.#options.name}\n`));
    }
    // It is there only when it is whole.
    Deno.renameSync(draftOf(this.#path), this.#path);
  }
}
