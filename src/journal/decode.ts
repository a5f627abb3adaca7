/**
 * Decoder of one line of a journal. The checks of its fields are generated from the types of the events.
 *
 * @module
 */
import type { RunEvent } from "../model/events.ts";
import { ATTEMPT_REF_CHECKS, EVENT_CHECKS } from "./event_checks.generated.ts";
import { JournalError } from "./journal_error.ts";
import { checkFields } from "./value_checks.ts";

/** The format that this version writes, and the newest that it reads. */
export const FORMAT_VERSION = 1;

/** The fields of an event before they are checked. */
type Fields = Readonly<Record<string, unknown>>;

/**
 * Decodes a line. Fields that the event does not have in this version are kept unchecked.
 *
 * @throws {JournalError} If it is no event, or one of a newer format; the message has no subject, as in "is no event".
 */
export function decodeEvent(line: string): RunEvent {
  const fields = parseObject(line);
  const { v, kind } = fields;
  if (typeof v === "number" && v > FORMAT_VERSION) {
    throw new JournalError(
      `was written by a newer version: its format is ${v}, this version reads ${FORMAT_VERSION}`,
    );
  }
  if (v !== FORMAT_VERSION || !isKind(kind)) throw new JournalError("is no event of a run");
  // Whatever names a range is taken for an event of an attempt.
  const fault = ("range" in fields ? checkFields(fields, ATTEMPT_REF_CHECKS) : undefined) ??
    checkFields(fields, EVENT_CHECKS[kind]);
  if (fault === undefined) return withCause(fields) as unknown as RunEvent;
  const { path, expected, value } = fault;
  throw new JournalError(
    `has an event ${kind} whose ${path.slice(1)} must be ${expected}: current value is ${
      Deno.inspect(value)
    }`,
  );
}

/** Returns whether an event always has a field, and every whole number from 0 on is a valid value of it. */
export function isRequiredCount(kind: RunEvent["kind"], field: string): boolean {
  const check = EVENT_CHECKS[kind][field];
  if (check === undefined || check(undefined) === undefined) return false;
  return [0, Number.MAX_SAFE_INTEGER].every((value) => check(value) === undefined);
}

/** Gives an event of an older version a cause. Its words were in a field `reason`. */
function withCause(fields: Fields): Fields {
  const { kind, reason, cause } = fields;
  const isEnd = kind === "attempt-ended" || kind === "range-ended";
  if (!isEnd || cause !== undefined || typeof reason !== "string") return fields;
  return { ...fields, cause: { kind: "fault", message: reason } };
}

function isKind(kind: unknown): kind is RunEvent["kind"] {
  return typeof kind === "string" && Object.hasOwn(EVENT_CHECKS, kind);
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
