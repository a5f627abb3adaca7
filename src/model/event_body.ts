/**
 * Bodies of events: what happened, before the event bus adds version, time and, for an attempt, its number.
 *
 * @module
 */
import type { AttemptRef, RunEvent } from "./events.ts";

/** An event without its format version and time. */
export type EventBody = {
  [K in RunEvent["kind"]]: Omit<Extract<RunEvent, { kind: K }>, "v" | "t">;
}[RunEvent["kind"]];

/** An event of an attempt, without format version, time and {@linkcode AttemptRef}. */
export type AttemptEvent = {
  [K in Extract<RunEvent, AttemptRef>["kind"]]: Omit<
    Extract<RunEvent, { kind: K }>,
    "v" | "t" | keyof AttemptRef
  >;
}[Extract<RunEvent, AttemptRef>["kind"]];
