/**
 * Attempts that may still run, as far as a journal tells.
 *
 * @module
 */
import type { AttemptRef, RunEvent } from "../events.ts";
import type { Placement } from "../launchers/launcher.ts";

/** Follows the attempts of one run after another. */
export class UnendedAttempts {
  readonly #attempts = new Map<string, Partial<Placement>>();
  #isNewRun = false;

  /** Where they are; nothing when that was not yet known, or it is on the machine of their conductor. */
  get all(): Partial<Placement>[] {
    return Array.from(this.#attempts.values());
  }

  /** Takes the next event. */
  take(event: RunEvent): void {
    switch (event.kind) {
      case "run-started":
        this.#isNewRun = true;
        return;
      case "attempt-started":
        // A run that begins to work has waited for what was left of those before.
        if (this.#isNewRun) this.#attempts.clear();
        this.#isNewRun = false;
        this.#attempts.set(key(event), {});
        return;
      case "spawned":
        this.#attempts.set(key(event), { node: event.node, id: event.engineId });
        return;
      case "attempt-ended":
        this.#attempts.delete(key(event));
        return;
      case "run-ended":
        this.#attempts.clear();
        return;
    }
  }
}

function key({ range, attempt }: AttemptRef): string {
  return `${range}/${attempt}`;
}
