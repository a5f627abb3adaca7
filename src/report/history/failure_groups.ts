/**
 * The failures of a run with their last words, in bounded memory.
 *
 * @module
 */
import type { FailureGroup } from "./history.ts";
import { shownText } from "./text.ts";

/** Characters of a line, a message or a reason. */
const MAX_TEXT = 1_000;
/** Characters of all logs together. */
const MAX_LOGS = 4_000_000;

/** A failed attempt. */
export interface Failure extends Pick<FailureGroup, "status" | "reason" | "message" | "log"> {
  /** Its place among the attempts. */
  readonly place: number;
  readonly logFile?: string;
}

interface OpenGroup extends FailureGroup {
  readonly attempts: number[];
  readonly logFiles: string[];
}

/** Puts failures that are alike together, so that a thousand of the same cost no more than a thousand numbers. */
export class Failures {
  readonly #groups: OpenGroup[] = [];
  readonly #places = new Map<string, number>();
  readonly #changed = new Set<number>();
  #logSize = 0;

  /** The groups, in the order of their first failures. */
  get groups(): readonly FailureGroup[] {
    return this.#groups;
  }

  /** Adds a failure. */
  add({ place, logFile, status, ...words }: Failure): void {
    const reason = shownText(words.reason, MAX_TEXT);
    const message = shownText(words.message, MAX_TEXT);
    const group = this.#group({ status, reason, message }, words.log);
    group.attempts.push(place);
    if (logFile !== undefined) group.logFiles.push(shownText(logFile, MAX_TEXT));
  }

  /** The groups that have changed since the last call, with their places. */
  takeChanged(): [place: number, group: FailureGroup][] {
    const changed = Array.from(this.#changed, (place): [number, FailureGroup] => [
      place,
      this.#groups[place]!,
    ]);
    this.#changed.clear();
    return changed;
  }

  #group(
    head: Pick<FailureGroup, "status" | "reason" | "message">,
    lines: readonly string[],
  ): OpenGroup {
    const isLogLeftOut = this.#logSize >= MAX_LOGS && lines.length > 0;
    const log = isLogLeftOut ? [] : lines.map((line) => shownText(line, MAX_TEXT));
    const key = JSON.stringify([head.status, head.reason, head.message, log]);
    let place = this.#places.get(key);
    if (place === undefined) {
      place = this.#groups.push({ ...head, log, isLogLeftOut, attempts: [], logFiles: [] }) - 1;
      this.#places.set(key, place);
      this.#logSize += log.reduce((sum, line) => sum + line.length, 0);
    }
    this.#changed.add(place);
    return this.#groups[place]!;
  }
}
