/**
 * Upgrade of journals of format 1, and of early ones of format 2: turns their events into those of today while they are read.
 * Nothing else knows the older formats.
 *
 * Format 1 told why an attempt ended in words. It recorded what the run had stopped as a failure, and had no ids of
 * attempts.
 *
 * @module
 */
import type { Cause } from "../model/cause.ts";
import { type AttemptStartedEvent, FORMAT_VERSION, type RunEvent } from "../model/events.ts";
import { attemptIdOf } from "../model/names.ts";
import { JournalError } from "./journal_error.ts";
import { show } from "./value_checks.ts";

/** The format that is upgraded. */
export const OLD_FORMAT_VERSION = 1;

/** The fields of an event before they are checked. */
type Fields = Readonly<Record<string, unknown>>;

/** The last attempt of a worker. */
interface LastAttempt {
  readonly startIndex: number;
  readonly endIndex: number;
  readonly items: unknown;
  /** Set when it has ended, and not well. */
  cause?: Cause;
}

/** Upgrades the events of one journal, which it must be given in their order. */
export class Upgrader {
  /** An id of no run, until there is one. */
  #runId = "00000000-0000-0000-0000-000000000000";
  #keepsCheckpoints = false;
  /** By worker. */
  readonly #last = new Map<unknown, LastAttempt>();
  /** The attempt after which a range waits for the next one, by range. */
  readonly #waiting = new Map<unknown, unknown>();
  #isNeeded = false;

  /** Whether the journal has events of format 1. */
  get isNeeded(): boolean {
    return this.#isNeeded;
  }

  /** Notes an attempt that began. Must be called for those that {@linkcode Upgrader.upgrade} is not called for. */
  note({ worker, startIndex, endIndex, items }: AttemptStartedEvent): void {
    this.#last.set(worker, { startIndex, endIndex, items });
  }

  /**
   * Returns an event of format 1 as one of today, which still has to be checked. Returns undefined if there is none for it.
   *
   * @throws {JournalError} If it has no valid reason.
   */
  upgrade(old: Fields): Fields | undefined {
    this.#isNeeded = true;
    const event = { ...old, v: FORMAT_VERSION } as Fields;
    switch (old.kind) {
      case "run-started":
        this.#runId = String(old.runId);
        this.#keepsCheckpoints = old.retryFrom === "checkpoint";
        return event;
      case "attempt-started": {
        this.note(old as unknown as AttemptStartedEvent);
        // It stands where it does in events of today.
        const { startIndex, endIndex, items, maxAttempt, ...head } = event;
        const ref = old as { range: number; attempt: number };
        const attemptId = attemptIdOf(this.#runId, ref);
        return {
          ...head,
          attemptId,
          startIndex,
          endIndex,
          ...(items !== undefined && { items }),
          maxAttempt,
        };
      }
      case "attempt-ended":
        return this.#endAttempt(event);
      case "retry-scheduled":
        this.#waiting.set(old.range, old.attempt);
        return event;
      case "range-ended":
        return this.#endRange(event);
      default:
        return event;
    }
  }

  #endAttempt({ reason, ...event }: Fields): Fields {
    checkOld(event, reason);
    if (reason === undefined) return event;
    const last = this.#last.get(event.worker);
    const cause = causeOf(reason as string, { event, last });
    if (last !== undefined) last.cause = cause;
    if (cause.kind !== "stopped") return { ...event, cause };
    return { ...event, status: "PENDING", cause, nextIndex: this.#nextIndex(event, last) };
  }

  /** Returns the first item that an attempt which the run stopped had not safely done. */
  #nextIndex({ progress, share }: Fields, last: LastAttempt | undefined): number | undefined {
    if (last === undefined) return undefined;
    const reached = last.startIndex + Number(progress);
    const isCheckpoint = this.#keepsCheckpoints && share === undefined && reached < last.endIndex;
    return isCheckpoint ? reached : last.startIndex;
  }

  #endRange({ reason, ...event }: Fields): Fields | undefined {
    checkOld(event, reason);
    const { range, attempt, worker, startIndex, endIndex } = event;
    const isWaiting = this.#waiting.get(range) === attempt;
    this.#waiting.delete(range);
    if (reason === undefined) return event;
    const last = this.#last.get(worker);
    const cause = last?.cause ?? causeOf(reason as string, { event, last });
    // The range is outstanding: the run stopped its last attempt, or did not make the next one.
    if (isWaiting || cause.kind === "stopped") return undefined;
    const isWhole = last?.startIndex === startIndex && last?.endIndex === endIndex;
    const items = isWhole ? last?.items : undefined;
    return { ...event, cause, ...(items !== undefined && { items }) };
  }
}

/** Refuses what no event of format 1 has. */
function checkOld({ kind, status }: Fields, reason: unknown): void {
  if (reason !== undefined && typeof reason !== "string") {
    throw new JournalError(
      `has an event ${kind} whose reason must be a string: current value is ${show(reason)}`,
    );
  }
  if (status === "PENDING") {
    throw new JournalError(`has an event ${kind} whose status must not be PENDING in format 1`);
  }
}

/** The whole texts of reasons. */
const CAUSES: Readonly<Record<string, Cause>> = {
  "stopped": { kind: "stopped" },
  "timeout": { kind: "timeout" },
  "stalled": { kind: "stall" },
  "slow": { kind: "slow" },
  "output lost": { kind: "output-lost" },
  "lost": { kind: "lost", message: "it could not be ended" },
  "said FAILED": { kind: "reported", status: "FAILED" },
  "said CRASHED": { kind: "reported", status: "CRASHED" },
};

/** The beginnings of messages about a command that could not be started. */
const LAUNCH_MESSAGES =
  /^(command not found|command not executable|working directory not found|\S+ cannot be started)\b/;

/** Reads the words of format 1 for why an attempt ended. Words that it does not know are the message of a fault. */
function causeOf(
  reason: string,
  { event, last }: { event: Fields; last: LastAttempt | undefined },
): Cause {
  const exit = (event.exit ?? {}) as Fields;
  if (exit.kind === "launch-failed") {
    return { kind: "launch", message: reason, ...(exit.permanent === true && { permanent: true }) };
  }
  if (Object.hasOwn(CAUSES, reason)) return CAUSES[reason]!;
  const code = /^exit code (-?\d+)$/.exec(reason)?.[1];
  if (code !== undefined) return { kind: "exit", code: Number(code) };
  const signal = /^signal (\w+)$/.exec(reason)?.[1];
  if (signal !== undefined) return { kind: "signal", signal };
  const lost = /^lost: (.*)$/s.exec(reason)?.[1];
  if (lost !== undefined) return { kind: "lost", message: lost };
  if (reason === "incomplete" && last !== undefined) {
    const { startIndex, endIndex } = last;
    return { kind: "incomplete", done: Number(event.progress), total: endIndex - startIndex };
  }
  // There was no process.
  if (event.exit === undefined && event.kind === "attempt-ended") {
    if (LAUNCH_MESSAGES.test(reason)) return { kind: "launch", message: reason, permanent: true };
    if (reason.startsWith("getCommand must return")) return { kind: "command", message: reason };
  }
  return { kind: "fault", message: reason };
}

/** Returns whether format 1 had events of a kind. */
export function isOldKind(kind: RunEvent["kind"]): boolean {
  return kind !== "output-written";
}

/** Returns whether an event tells of a cut as the first versions of format 2 did: as a split of another kind. */
export function isOldCut({ kind, isCut }: Fields): boolean {
  return kind === "range-split" && isCut === true;
}

/** Returns such an event as one of today, which still has to be checked. */
export function upgradeCut({ v, t, range, startIndex, endIndex, into }: Fields): Fields {
  const [rest] = Array.isArray(into) ? into : [];
  const left = { rest: rest?.range, restEnd: rest?.endIndex };
  return { v, t, kind: "range-cut", range, startIndex, endIndex, ...left };
}
