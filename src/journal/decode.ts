/**
 * Decoder of one line of a journal. The checks of its fields are generated from the types of the events.
 *
 * @module
 */
import { FORMAT_VERSION, type RunEvent } from "../model/events.ts";
import type { JobOrigin } from "../model/job_origin.ts";
import { ATTEMPT_REF_CHECKS, EVENT_CHECKS } from "./event_checks.generated.ts";
import { JournalError } from "./journal_error.ts";
import { isOldCut, isOldKind, OLD_FORMAT_VERSION, upgradeCut, Upgrader } from "./upgrade.ts";
import { checkFields, type Fault, show } from "./value_checks.ts";

/** The fields of an event before they are checked. */
type Fields = Readonly<Record<string, unknown>>;

/**
 * Decodes a line; one of format 1 is upgraded by `upgrader`. Fields that the event does not have in this version are kept
 * unchecked. Returns undefined if the line is of a kind that later versions added to the format, or if no event of today
 * stands for it.
 *
 * @throws {JournalError} If it is no event, or one of a newer format; the message has no subject, as in "is no event".
 */
export function decodeEvent(line: string, upgrader = new Upgrader()): RunEvent | undefined {
  const fields = parseObject(line);
  const { v, kind } = fields;
  if (typeof v === "number" && v > FORMAT_VERSION) {
    throw new JournalError(
      `was written by a newer version: its format is ${
        show(v)
      }, and the newest that this version reads is ${FORMAT_VERSION}`,
    );
  }
  if (typeof kind !== "string") throw new JournalError("is no event of a run");
  if (v === FORMAT_VERSION) {
    if (isOldCut(fields)) return checked(upgradeCut(fields), "range-cut");
    return isKind(kind) ? checked(fields, kind) : ignored(fields);
  }
  const isOld = v === OLD_FORMAT_VERSION && isKind(kind) && isOldKind(kind);
  if (!isOld) throw new JournalError("is no event of a run");
  const upgraded = upgrader.upgrade(fields);
  return upgraded === undefined ? undefined : checked(upgraded, kind);
}

function checked(fields: Fields, kind: RunEvent["kind"]): RunEvent {
  const checks = EVENT_CHECKS[kind];
  // Whatever names a range is taken for an event of an attempt, unless it is known to name that alone.
  const isOfAttempt = "range" in fields && !Object.hasOwn(checks, "range");
  const fault = (isOfAttempt ? checkFields(fields, ATTEMPT_REF_CHECKS) : undefined) ??
    checkFields(fields, checks);
  if (fault === undefined) return fields as unknown as RunEvent;
  throw new JournalError(describeFault(kind, fault));
}

/** Checks what events of all kinds have. */
function ignored(fields: Fields): undefined {
  const fault = checkFields(fields, { t: EVENT_CHECKS["run-ended"].t! });
  if (fault !== undefined) throw new JournalError(describeFault(show(fields.kind), fault));
}

/** Returns the field of an origin that is wrong, with what it must be. Returns undefined if the origin can be recorded. */
export function findOriginFault(
  origin: JobOrigin,
): { field: string; wanted: string; value: unknown } | undefined {
  const { name, directory, sources, columns, options } = EVENT_CHECKS["run-started"];
  const checks = {
    name: name!,
    directory: directory!,
    sources: sources!,
    columns: columns!,
    options: options!,
  };
  const fault = checkFields({ ...origin }, checks);
  return fault && { field: fault.path.slice(1), wanted: fault.expected, value: fault.value };
}

/** Returns what is wrong with those fields of an event that are given. Returns undefined if they can be recorded. */
export function findFieldFault(kind: RunEvent["kind"], given: Fields): Fault | undefined {
  const checks = EVENT_CHECKS[kind];
  const entries = Object.keys(given).map((field) => [field, checks[field]!] as const);
  return checkFields(given, Object.fromEntries(entries));
}

function describeFault(kind: string, fault: Fault): string {
  return `has an event ${kind} whose ${inWords(fault)}`;
}

function inWords({ path, expected, value }: Fault): string {
  // A name of an option may be of any length, too.
  return `${path.slice(1, 100)} must be ${expected}: current value is ${show(value)}`;
}

/** Returns whether an event always has a field, and every whole number from 0 on is a valid value of it. */
export function isRequiredCount(kind: RunEvent["kind"], field: string): boolean {
  const check = EVENT_CHECKS[kind][field];
  if (check === undefined || check(undefined) === undefined) return false;
  return [0, Number.MAX_SAFE_INTEGER].every((value) => check(value) === undefined);
}

function isKind(kind: string): kind is RunEvent["kind"] {
  return Object.hasOwn(EVENT_CHECKS, kind);
}

function parseObject(line: string): Fields {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw new JournalError("is not JSON");
  }
  if (typeof value !== "object" || value === null) throw new JournalError("is no event of a run");
  return value as Fields;
}
