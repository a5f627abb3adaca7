/**
 * Groups of equal failures with their last log lines, in bounded memory.
 *
 * @module
 */
import type { FailureGroup } from "./history.ts";
import { causeText } from "../../reporters/wording.ts";
import { displayCause, displayText } from "./display_text.ts";

/** Maximal length of a line, a message or a text of a cause. */
const MAX_TEXT = 1_000;
/** Maximal length of all logs together. */
const MAX_LOGS = 4_000_000;

/** A failed attempt. */
export interface Failure extends Pick<FailureGroup, "status" | "cause" | "message" | "log"> {
  /** Index of the attempt. */
  readonly index: number;
  readonly logFile?: string;
}

interface OpenGroup extends FailureGroup {
  readonly attempts: number[];
  readonly logFiles: string[];
}

/** Groups failures that differ in nothing but their range, so that each costs no more than a number. */
export class FailureGroups {
  readonly #groups: OpenGroup[] = [];
  readonly #indexes = new Map<string, number>();
  readonly #changed = new Set<number>();
  #logSize = 0;

  /** The groups, in the order of their first failures. */
  get groups(): readonly FailureGroup[] {
    return this.#groups;
  }

  /** Adds a failure. */
  add({ index, logFile, status, ...texts }: Failure): void {
    const cause = displayCause(texts.cause, MAX_TEXT);
    const message = displayText(texts.message, MAX_TEXT);
    const group = this.#group({ status, cause, message }, texts.log);
    group.attempts.push(index);
    if (logFile !== undefined) group.logFiles.push(displayText(logFile, MAX_TEXT));
  }

  /** Returns the groups that have changed since the last call. */
  drainChanged(): [index: number, group: FailureGroup][] {
    const changed = Array.from(this.#changed, (index): [number, FailureGroup] => [
      index,
      this.#groups[index]!,
    ]);
    this.#changed.clear();
    return changed;
  }

  #group(
    head: Pick<FailureGroup, "status" | "cause" | "message">,
    lines: readonly string[],
  ): OpenGroup {
    const isLogLeftOut = this.#logSize >= MAX_LOGS && lines.length > 0;
    const log = isLogLeftOut ? [] : lines.map((line) => displayText(line, MAX_TEXT));
    const key = JSON.stringify([head.status, causeText(head.cause), head.message, log]);
    let index = this.#indexes.get(key);
    if (index === undefined) {
      index = this.#groups.push({ ...head, log, isLogLeftOut, attempts: [], logFiles: [] }) - 1;
      this.#indexes.set(key, index);
      this.#logSize += log.reduce((sum, line) => sum + line.length, 0);
    }
    this.#changed.add(index);
    return this.#groups[index]!;
  }
}
