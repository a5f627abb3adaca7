// The conditions of `executor wait`, and that no moment at which one is true is missed.
import { assert, assertEquals, assertThrows } from "@std/assert";
import type { RunEvent } from "@lambdawaker/executor";
import { INITIAL_STATE, reduce, type RunState } from "@lambdawaker/executor/events";
import { MomentWatch } from "../../src/cli/moments.ts";
import { UsageError } from "../../src/cli/errors.ts";
import { findTrue, parseCondition } from "../../src/cli/wait_condition.ts";
import { forSeeds } from "../helpers/random.ts";
import { randomEvents } from "../helpers/random_job.ts";

const STATE: RunState = {
  ...INITIAL_STATE,
  totalItems: 10,
  ranges: 10,
  doneItems: 4,
  counts: { SUCCESS: 4, FINISHED: 0, FAILED: 1, CRASHED: 1 },
  retries: 3,
  startedAt: 1_000,
};

/** Conditions, and the index of the alternative that is true in the state above, 60 seconds after its start. */
const CASES: [text: string, found: number | undefined][] = [
  ["done", undefined],
  ["failed", 0],
  ["failed>=1", 0],
  ["failed > 2", undefined],
  ["failed = 2", 0],
  ["failed==2", 0],
  ["done or failed", 1],
  ["DONE OR FAILED", 1],
  ["ok or done or progress>=40%", 2],
  ["progress >= 40.1%", undefined],
  ["progress<50", 0],
  ["items>=4 and retries>=4", undefined],
  ["items>=4 and retries>=3", 0],
  ["not done and not paused", 0],
  ["done or (failed and (paused or items=4))", 1],
  ["elapsed>=1m", 0],
  ["elapsed>1m0s or elapsed>=59s", 1],
  ["eta<=1h", undefined],
  ["workers=0", 0],
  ["stalled", undefined],
  ["stalled>=30s", 0],
];

for (const [text, found] of CASES) {
  Deno.test(`the condition "${text}" is ${found === undefined ? "false" : "true"}`, () => {
    const moment = { state: STATE, now: 61_000, signAt: 31_000 };
    assertEquals(findTrue(parseCondition(text), moment), found);
  });
}

Deno.test("an alternative is named as it was written", () => {
  const { alternatives } = parseCondition(" ok or  (failed  and done)or stalled >= 1m ");
  assertEquals(alternatives.map(({ text }) => text), ["ok", "(failed  and done)", "stalled >= 1m"]);
});

/** Texts that are no conditions, and a part of the sentence about each. */
const WRONG: [text: string, reason: string][] = [
  ["", "a word is missing at the end"],
  ["or", 'there is no "or"'],
  ["done or", "a word is missing at the end"],
  ["done failed", '"or" or "and" must come before "failed"'],
  ["(done", 'a ")" is missing'],
  ["done)", 'must come before ")"'],
  ["toString", 'there is no "toString"'],
  ["progress", '"progress" must be compared, as in progress>=50%'],
  ["progress>=x", "a number of per cent"],
  ["elapsed>=5", "a time, as in elapsed>=10m"],
  ["failed>=10%", "a number, as in failed>=10"],
  ["failed>=", "a value is missing at the end"],
  ["done>=1", '"done" is no number'],
  ["failed>=1;", 'must come before ";"'],
];

for (const [text, reason] of WRONG) {
  Deno.test(`"${text}" is no condition`, () => {
    assertThrows(() => parseCondition(text), UsageError, reason);
  });
}

Deno.test("no moment is missed, at whatever event a watch begins", async () => {
  await forSeeds(30, async (random) => {
    const { events } = await randomEvents(random);
    const states: RunState[] = [];
    for (const event of events) states.push(reduce(states.at(-1) ?? INITIAL_STATE, event));
    const begin = random.integer(events.length);
    const texts = [
      `failed>=${1 + random.integer(3)}`,
      `items=${random.integer(20)}`,
      `workers=${random.integer(4)}`,
      `retries>=${1 + random.integer(4)} and workers>=1`,
      `stopping`,
      `done`,
    ];
    const text = `${random.pick(texts)} or ${random.pick(texts)}`;
    const condition = parseCondition(text);
    const watch = new MomentWatch(condition);
    watch.begin(states[begin]!, events[begin]!.t);
    for (const event of events.slice(begin + 1)) watch.add(event);
    // These conditions depend on the state alone.
    const [first] = states.slice(begin).flatMap((state) => {
      const index = findTrue(condition, { state, now: 0, signAt: 0 });
      return index === undefined ? [] : [index];
    });
    assertEquals(watch.found, first, `${text} from event ${begin} of ${JSON.stringify(events)}`);
    assertEquals(watch.state, states.at(-1));
  });
});

const BASE = { v: 2, worker: 0, range: 0, attempt: 1 } as const;
const STARTED: RunEvent[] = [
  {
    ...{ v: 2, t: 0, kind: "run-started", runId: "", totalItems: 1, ranges: 1, numWorkers: 1 },
    ...{ maxRetries: 0, retryFrom: "start" },
  },
  {
    ...{ ...BASE, t: 10, kind: "attempt-started", attemptId: "", startIndex: 0, endIndex: 1 },
    maxAttempt: 1,
  },
];

/** Returns whether a run has stalled for a second at some moment. */
function hasStalled(events: readonly RunEvent[]): boolean {
  const watch = new MomentWatch(parseCondition("stalled>=1s"));
  const state = STARTED.reduce(reduce, INITIAL_STATE);
  watch.begin(state, 10);
  for (const event of events) watch.add(event);
  return watch.found !== undefined;
}

Deno.test("a silence that ends between two looks is noticed, and a pause is none", () => {
  const progress = (t: number): RunEvent => ({ ...BASE, t, kind: "progress", done: 1 });
  const warning = (t: number): RunEvent => ({ v: 2, t, kind: "warning", text: "" });
  assert(!hasStalled([progress(1_009)]));
  assert(hasStalled([progress(1_010)]));
  assert(hasStalled([warning(500), warning(1_010)]));
  const held = (t: number, free: number): RunEvent => {
    return { v: 2, t, kind: "starts-held", waitsFor: { kind: "memory", free, wanted: 9 } };
  };
  assert(hasStalled([held(500, 1), held(1_010, 2)]));
  assert(!hasStalled([progress(900), progress(1_800)]));
  const paused: RunEvent = { v: 2, t: 20, kind: "run-paused" };
  assert(!hasStalled([paused, { v: 2, t: 5_000, kind: "run-unpaused" }, progress(5_500)]));
});

Deno.test("a condition has no more alternatives than there are exit codes", () => {
  const alternatives = (count: number) => Array(count).fill("failed").join(" or ");
  assertEquals(parseCondition(alternatives(113)).alternatives.length, 113);
  assertThrows(
    () => parseCondition(alternatives(114)),
    UsageError,
    "it has 114 alternatives: there are exit codes for 113",
  );
});

Deno.test("a condition that is nested without end is refused", () => {
  for (const opening of ["(", "not "]) {
    assertThrows(
      () => parseCondition(`${opening.repeat(20_000)}done`),
      UsageError,
      'more than 100 "not" and parentheses are within each other',
    );
  }
  parseCondition(`${"(".repeat(50)}done${")".repeat(50)} or ${"not ".repeat(50)}ok`);
});
