/**
 * Notice of a run in the background that it has started, for the command that began it.
 *
 * @module
 */
import type { RunEvent } from "../model/events.ts";
import type { Reporter } from "../model/reporter.ts";
import { isAllDone, type RunState } from "../model/state.ts";

/** The variable that names the file which the run is to write when it has started. */
export const START_NOTICE = "EXECUTOR_START_NOTICE";

/** Writes the name of a run to a file once its first worker has started, or all is done. */
export class StartNotice implements Reporter {
  readonly #path: string;
  readonly #name: string;
  readonly #reachable: Promise<void>;
  #isWritten = false;

  /** @param reachable Resolves when the run can be reached by others, or will not be. */
  constructor(
    path: string,
    { name, reachable }: { name: string; reachable: Promise<void> },
  ) {
    this.#path = path;
    this.#name = name;
    this.#reachable = reachable;
  }

  /** See {@linkcode Reporter.report}. */
  report(event: RunEvent, state: RunState): void {
    if (event.kind === "spawned") this.#reachable.then(() => this.#write());
    if (event.kind === "run-ended" && (state.attempts > 0 || isAllDone(state))) this.#write();
  }

  #write(): void {
    if (this.#isWritten) return;
    this.#isWritten = true;
    const draft = `${this.#path}.new`;
    Deno.writeTextFileSync(draft, `${this.#name}\n`, { mode: 0o600 });
    // It is there only when it is whole.
    Deno.renameSync(draft, this.#path);
  }
}
