import { type Cause, INITIAL_STATE, reduce, type RunState } from "@lambdawaker/executor/events";
import { type RunEvent, TaskStatus } from "@lambdawaker/executor";
import type { Random } from "./random.ts";

const TEXTS = [
  "plain",
  "a much longer message that will not fit into any panel of the grid at any width, and goes on and on",
  "日本語のメッセージ",
  "🦕🦕 emoji 👩‍👩‍👧 ❤️ 🇩🇪 👍🏽",
  "e\u0301e\u0301 combining",
  "\x1b[31mred\x1b[2J\x1b]0;title\x07",
  "\u202Eright to left\u2069",
  "tab\there\r\nand break",
  "\u0000\u0007\u009b31m",
  "",
];

/** Returns a random state of a run with `numWorkers` workers, 61 s after its start. */
export function randomState(random: Random, numWorkers: number): RunState {
  const totalItems = numWorkers * 50;
  const t = 1_000_000;
  const kind = random.pick([undefined, "counted", "uncounted"] as const);
  const counts = kind === undefined ? {} : { items: kind };
  const events: RunEvent[] = [{
    v: 2,
    t,
    kind: "run-started",
    runId: "run",
    totalItems: kind === "uncounted" ? 0 : totalItems,
    ranges: kind === undefined ? numWorkers : 0,
    ...counts,
    numWorkers,
    maxRetries: 2,
    retryFrom: "start",
    gridCols: random.pick([undefined, undefined, 1 + random.integer(6)]),
  }];
  if (kind !== undefined) {
    const isComplete = random.pick([true, false]);
    events.push({ v: 2, t, kind: "items-read", totalItems, ranges: numWorkers, isComplete });
  }
  for (let worker = 0; worker < numWorkers; worker++) {
    const ref = { worker, range: worker, attempt: 1 };
    const [startIndex, endIndex] = [50 * worker, 50 * worker + 50];
    const at = { v: 2, t: t + random.integer(60_000) } as const;
    const life = random.integer(5);
    if (life === 0) continue;
    const items = Array.from({ length: 50 }, () => random.pick(TEXTS));
    events.push({
      ...{
        ...at,
        ...ref,
        kind: "attempt-started",
        attemptId: "a.0.1",
        startIndex,
        endIndex,
        maxAttempt: 3,
      },
      ...(kind !== undefined && { items }),
    });
    const share = random.pick([undefined, undefined, random.integer(101) / 100]);
    events.push({ ...at, ...ref, kind: "progress", done: random.integer(60), share });
    if (random.integer(4) === 0) {
      events.push({ ...at, ...ref, kind: "slow", elapsed: 9_000, median: 1_000 });
    }
    events.push({ ...at, ...ref, kind: "message", text: random.pick(TEXTS) });
    events.push({ ...at, ...ref, kind: "log", lines: [random.pick(TEXTS)] });
    if (life === 1) {
      events.push({
        ...at,
        ...ref,
        kind: "status",
        status: random.pick(Object.values(TaskStatus)),
      });
    }
    if (life < 3) continue;
    const status = life === 3 ? "CRASHED" : random.pick(["SUCCESS", "FINISHED", "FAILED"] as const);
    const causes: Cause[] = [
      { kind: "exit", code: 1 },
      { kind: "stall" },
      { kind: "launch", message: random.pick(TEXTS) },
    ];
    const cause = status === "CRASHED" || status === "FAILED" ? random.pick(causes) : undefined;
    events.push({ ...at, ...ref, kind: "attempt-ended", status, cause, progress: 20 });
    const nextIndex = cause === undefined ? endIndex : startIndex;
    if (life === 3) {
      events.push({ ...at, ...ref, kind: "retry-scheduled", delay: 90_000, nextIndex });
    } else {events.push({
        ...at,
        ...ref,
        kind: "range-ended",
        status,
        cause,
        startIndex,
        endIndex,
        nextIndex,
      });}
  }
  return events.reduce(reduce, INITIAL_STATE);
}

/** A time after all events of a random state. */
export const RANDOM_STATE_NOW = 1_061_000;
