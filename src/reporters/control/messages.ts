/**
 * Messages between a run and its clients, as JSON lines; docs/control.md describes them.
 *
 * @module
 */
import type { RunEvent, RunStartedEvent } from "../../model/events.ts";
import type { RunState } from "../../model/state.ts";
import type { RunInfo } from "./registration.ts";

/** The version of the messages. */
export const CONTROL_VERSION = 1;

/** The longest line that a client may send, in bytes. */
export const MAX_REQUEST_BYTES = 64 << 10;

/** What a client may ask for; `id` is repeated in the answer. */
export type Request = { readonly id: number } & RequestBody & AnswerOptions;

/** What an answer is to have. */
export interface AnswerOptions {
  /** Whether it has the state after the request. A stop as SIGTERM takes effect a moment later. */
  readonly withState?: boolean;
}

/** A request without its number. */
export type RequestBody =
  | { readonly request: "state" | "pause" | "continue" | "drain" }
  | {
    readonly request: "events";
    /** The kinds of events that are not sent. */
    readonly leaveOut?: readonly string[];
  }
  | { readonly request: "setWorkers"; readonly count: number }
  | {
    readonly request: "stop";
    /** As `stop()` of a handle; if it is left out, as SIGTERM would. */
    readonly how?: "stop" | "kill";
  }
  | {
    readonly request: "cancel";
    /** The number of the range. */
    readonly range?: number;
    /** An item of it, as text. */
    readonly item?: string;
  };

/** The names of the requests. */
export type RequestName = RequestBody["request"];

/** The first line of a run. */
export interface Hello extends RunInfo {
  readonly kind: "hello";
  readonly v: number;
}

/** A line that a run sends. */
export type Message =
  | Hello
  | {
    readonly kind: "answer";
    readonly id: number;
    /** Whether the request was carried out. */
    readonly ok: true;
    /** The state, for `state`, `events` and requests `withState`. */
    readonly state?: RunState;
    /** The time of the run, in milliseconds since 1970, with the state. */
    readonly now?: number;
    /** The first event of the run, without its sources of items and options; for `events`. */
    readonly started?: RunStartedEvent;
  }
  | {
    readonly kind: "answer";
    readonly id: number;
    readonly ok: false;
    /** Why it was not, in a sentence. */
    readonly error: string;
  }
  | { readonly kind: "event"; readonly event: RunEvent }
  /** The line could not be read; the connection ends after it. */
  | { readonly kind: "error"; readonly error: string };

/** Encodes a message as a line. */
export function encodeMessage(message: Message | Request): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(`${JSON.stringify(message)}\n`);
}

/** Thrown for a line that is no request. */
export class BadRequest extends Error {
  override readonly name = "BadRequest";
}

const NAMES: readonly RequestName[] = [
  ...(["state", "events", "pause", "continue", "setWorkers", "drain", "stop", "cancel"] as const),
];

/**
 * Reads a line of a client. Unknown fields are ignored.
 *
 * @throws {BadRequest} If it is no request.
 */
export function readRequest(line: string): Request {
  const fields = parseObject(line);
  const { id, request, withState, count, how, range, item, leaveOut } = fields;
  const check = (name: string, isRight: boolean, wanted: string) => {
    if (isRight) return;
    throw new BadRequest(`${name} must be ${wanted}: current value is ${show(fields[name])}`);
  };
  check("id", isCount(id), "a non-negative integer");
  check("request", NAMES.includes(request as RequestName), `one of ${NAMES.join(", ")}`);
  check("withState", ["undefined", "boolean"].includes(typeof withState), "true or false");
  switch (request as RequestName) {
    case "events":
      check("leaveOut", leaveOut === undefined || isListOfTexts(leaveOut), "a list of texts");
      break;
    case "setWorkers":
      check("count", isCount(count) && count !== 0, "a positive integer");
      break;
    case "stop":
      check("how", [undefined, "stop", "kill"].includes(how as undefined), '"stop" or "kill"');
      break;
    case "cancel":
      if (range !== undefined) check("range", isCount(range), "a non-negative integer");
      else check("item", typeof item === "string", "a text, unless there is a range");
  }
  return fields as unknown as Request;
}

function parseObject(line: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw new BadRequest("the line is not JSON");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new BadRequest("the line is no JSON object");
  }
  return value as Readonly<Record<string, unknown>>;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && value as number >= 0;
}

function isListOfTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((text) => typeof text === "string");
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? "missing";
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}
