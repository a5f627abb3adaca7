// A long list of workers is used as an array is, and never changes.
import type { RunEvent, WorkerState } from "@lambdawaker/executor";
import { INITIAL_STATE, reduce, type RunState } from "@lambdawaker/executor/events";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { idleWorkers } from "../../src/model/details.ts";
import { withWorker } from "../../src/model/worker_blocks.ts";
import { forSeeds } from "../helpers/random.ts";
import { randomEvents } from "../helpers/random_job.ts";

type Workers = readonly WorkerState[];

/** Checks what a reader of a list sees. */
function assertSame(list: Workers, array: Workers): void {
  assertEquals(list.length, array.length);
  const same = (workers: Workers) => workers.every((worker, index) => worker === array[index]);
  assert(same(list) && same(Array.from(list)) && same([...list]) && same(list.slice()));
  for (let index = -1; index <= array.length; index++) assert(list[index] === array[index]);
}

Deno.test("a list of any length is the array that has had the same changes, at every moment", async () => {
  await forSeeds(20, (random) => {
    const length = random.pick([1, 1_023, 1_024, 1_025, 1_151, 1_152, 1_153, 3_000]);
    let list = idleWorkers([], length);
    let array = list;
    const moments = [{ list, array }];
    for (let step = 1; step < 40; step++) {
      if (random.integer(10) === 0) {
        list = idleWorkers(list, list.length + random.pick([0, 1, 200]));
        array = [...array, ...list.slice(array.length)];
      }
      const index = random.pick([0, array.length - 1, random.integer(array.length)]);
      const worker = { ...array[index]!, progress: step };
      [list, array] = [withWorker(list, index, worker), array.with(index, worker)];
      moments.push({ list, array });
    }
    for (const { list, array } of moments) assertSame(list, array);
  });
});

const ARRAY = idleWorkers([], 1_500);
const LIST = withWorker(ARRAY, 700, ARRAY[700]!);

Deno.test("a long list is an array to whatever asks", () => {
  assert(LIST !== ARRAY && Array.isArray(LIST));
  assertEquals<Workers>(LIST, ARRAY);
  assertEquals(JSON.stringify({ LIST }), JSON.stringify({ LIST: ARRAY }));
  assertEquals<Workers>(structuredClone(Array.from(LIST)), ARRAY);
  assertEquals(Object.keys(LIST), Object.keys(ARRAY));
  assertEquals([0, 1_499, 1_500, "length", "x"].map((key) => key in LIST), [
    true,
    true,
    false,
    true,
    false,
  ]);
  assert(LIST.at(-1) === ARRAY[1_499] && LIST.indexOf(ARRAY[900]!) === 900);
  assert(([] as WorkerState[]).concat(LIST, ARRAY)[2_000] === ARRAY[500]);
  assert(LIST.findLast(({ index }) => index < 1_000) === ARRAY[999]);
  const odd = LIST as unknown as Record<string, unknown>;
  for (const key of ["", "01", "-1", "1.5", "1e2", "NaN", "Infinity", "1500"]) {
    assertEquals(odd[key], undefined, key);
  }
});

Deno.test("a long list can be changed by nobody", () => {
  const open = LIST as WorkerState[];
  assertThrows(() => open[3] = ARRAY[0]!, TypeError);
  assertThrows(() => open.length = 0, TypeError);
  assertThrows(() => delete open[3], TypeError);
  assertThrows(() => open.push(ARRAY[0]!), TypeError);
  assertThrows(() => open.reverse(), TypeError);
  assertThrows(() => Object.defineProperty(open, "3", { value: 1 }), TypeError);
  assertSame(LIST, ARRAY);
});

const MANY = 1_500;
const far = (worker: number) => 211 * worker;

/** Makes an event one of a run of many workers, most of which have nothing to do. */
function amongMany(event: RunEvent): RunEvent {
  if ("numWorkers" in event) return { ...event, numWorkers: MANY };
  return "worker" in event ? { ...event, worker: far(event.worker) } : event;
}

/** Returns what there would be to see of a state if it were of few workers. */
function ofFew(state: RunState, few: RunState): RunState {
  const { workers, lastLog } = state;
  return {
    ...state,
    workers: few.workers.map((_, index) => ({ ...workers[far(index)]!, index })),
    numWorkers: few.numWorkers,
    ...(lastLog && { lastLog: { ...lastLog, worker: lastLog.worker / far(1) } }),
  };
}

Deno.test("a random job comes to the same states with many workers as with few, and they stay", async () => {
  await forSeeds(20, async (random) => {
    const { events } = await randomEvents(random);
    let [few, many] = [INITIAL_STATE, INITIAL_STATE];
    const moments = events.map((event) => {
      [few, many] = [reduce(few, event), reduce(many, amongMany(event))];
      return { few, many };
    });
    for (const { few, many } of moments) {
      assertEquals(many.workers.length, MANY);
      assertEquals(ofFew(many, few), few);
    }
  });
});
