// The figures that other programs get of a run: the same ones, whichever way they ask.
import { assertEquals } from "@std/assert";
import { figuresOf, phaseOf } from "../../src/model/run_figures.ts";
import { INITIAL_STATE, type RunState } from "../../src/model/state.ts";
import { encodeState } from "../../src/report/live/state_json.ts";
import { statusOf } from "../../src/reporters/control/run_status.ts";

const STARTED: RunState = {
  ...INITIAL_STATE,
  startedAt: 1,
  totalItems: 4,
  ranges: 1,
  areRangesKnown: true,
};
const INFO = { runId: "a", name: "amber-fox", title: "it", pid: 1, startedAt: 1 };
const DONE = { SUCCESS: 1, FINISHED: 0, FAILED: 0, CRASHED: 0 };
const REQUEST = { kind: "request" } as const;

const PHASES: [phase: string, state: Partial<RunState>][] = [
  ["running", {}],
  ["paused", { isPaused: true }],
  ["suspended", { suspendedAt: 2, isPaused: true }],
  ["draining", { stopping: { how: "drain", cause: REQUEST } }],
  ["stopping", { stopping: { how: "stop", cause: REQUEST } }],
  ["stopped", { stopping: { how: "drain", cause: REQUEST }, endedAt: 3 }],
  ["failed", { endedAt: 3 }],
  ["done", { endedAt: 3, doneItems: 4, counts: DONE }],
];

for (const [phase, changes] of PHASES) {
  Deno.test(`a run that is ${phase} is so for each program that asks`, () => {
    const state = { ...STARTED, ...changes };
    const { status, ...json } = JSON.parse(encodeState(state, { title: "it", now: 5 }));
    const asked = statusOf({ info: INFO, isLive: true, state, now: 5 });
    assertEquals([status, asked.status], [phase, phase]);
    const figures = JSON.parse(JSON.stringify(figuresOf(state, { now: 5, isLive: true })));
    for (const field of Object.keys(figures)) {
      assertEquals(json[field], figures[field], field);
      assertEquals(JSON.parse(JSON.stringify(asked))[field], figures[field], field);
    }
  });
}

Deno.test("a run that does not answer is unreachable, and one whose end nobody saw was killed", () => {
  assertEquals(phaseOf(undefined, true), "unreachable");
  assertEquals(phaseOf(STARTED, false), "killed");
  assertEquals(figuresOf(STARTED, { now: 5, isLive: false }).elapsed, undefined);
});
