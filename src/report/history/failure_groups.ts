/**
 * Groups of equal failures with their last log lines, in bounded memory.
 *
 * @module
 */
import type { FailureGroup } from "./history.ts";
import type { Cause } from "../../model/cause.ts";
import { own } from "../../model/details.ts";
import { causeText } from "../../reporters/wording.ts";
import { displayCause, displayText } from "./display_text.ts";

/** Maximal length of a line, a message or a text of a cause. */
const MAX_TEXT = 1_000;
/** Maximal length of all logs together. */
const MAX_LOGS = 4_000_000;
/** Maximal number of groups; further failures that differ from all of them share a group for their status. */
const MAX_GROUPS = 1_000;
/** Maximal number of log files that a group names. */
const MAX_LOG_FILES = 8;
/** The cause of failures that are too different to be told apart. */
const VARIOUS: Cause = {
  kind: "fault",
  message: "various causes, which the table of attempts has",
};

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

/** A group that has changed: all but `attempts`, of which it has those from an index on. */
export type GroupChange = readonly [index: number, group: FailureGroup, from: number];

/** Groups failures that differ in nothing but their range, so that each costs no more than a number. */
export class FailureGroups {
  readonly #groups: OpenGroup[] = [];
  readonly #indexes = new Map<string, number>();
  /** Groups that have changed, each with the number of its attempts before. */
  readonly #changed = new Map<number, number>();
  #logSize = 0;

  /** The groups, in the order of their first failures. */
  get groups(): readonly FailureGroup[] {
    return this.#groups;
  }

  /** Adds a failure. */
  add({ index, logFile, status, ...texts }: Failure): void {
    const cause = displayCause(texts.cause, MAX_TEXT);
    const message = own(displayText(texts.message, MAX_TEXT));
    const group = this.#group({ status, cause, message }, texts.log);
    group.attempts.push(index);
    if (logFile !== undefined && group.logFiles.length < MAX_LOG_FILES) {
      group.logFiles.push(displayText(logFile, MAX_TEXT));
    }
  }

  /** Returns the groups that have changed since the last call, each with the attempts that it has got since. */
  drainChanged(): GroupChange[] {
    const changed = Array.from(this.#changed, ([index, from]): GroupChange => {
      const group = this.#groups[index]!;
      return [index, { ...group, attempts: group.attempts.slice(from) }, from];
    });
    this.#changed.clear();
    return changed;
  }

  #group(
    head: Pick<FailureGroup, "status" | "cause" | "message">,
    lines: readonly string[],
  ): OpenGroup {
    const isLogLeftOut = this.#logSize >= MAX_LOGS && lines.length > 0;
    const log = isLogLeftOut ? [] : lines.map((line) => own(displayText(line, MAX_TEXT)));
    const index = this.#indexes.get(keyOf(head, log)) ?? this.#open(head, { log, isLogLeftOut });
    const group = this.#groups[index]!;
    if (!this.#changed.has(index)) this.#changed.set(index, group.attempts.length);
    return group;
  }

  /** Opens a group for a failure that is not like others, and returns its index. */
  #open(
    head: Pick<FailureGroup, "status" | "cause" | "message">,
    { log, isLogLeftOut }: Pick<FailureGroup, "log" | "isLogLeftOut">,
  ): number {
    if (this.#groups.length < MAX_GROUPS) {
      this.#logSize += log.reduce((sum, line) => sum + line.length, 0);
      return this.#push({ ...head, log, isLogLeftOut });
    }
    const various = { status: head.status, cause: VARIOUS, message: "" };
    return this.#indexes.get(keyOf(various, [])) ??
      this.#push({ ...various, log: [], isLogLeftOut: true });
  }

  #push(group: Omit<FailureGroup, "attempts" | "logFiles">): number {
    const index = this.#groups.push({ ...group, attempts: [], logFiles: [] }) - 1;
    this.#indexes.set(keyOf(group, group.log), index);
    return index;
  }
}

function keyOf(
  { status, cause, message }: Pick<FailureGroup, "status" | "cause" | "message">,
  log: readonly string[],
): string {
  return JSON.stringify([status, causeText(cause), message, log]);
}
