import { assert, assertEquals } from "@std/assert";
import { Admission } from "../../../src/engine/admission/admission.ts";
import { FreeMemory } from "../../../src/engine/admission/free_memory.ts";
import type { StartPolicy } from "../../../src/engine/admission/policy.ts";
import { RateLimit } from "../../../src/engine/admission/rate_limit.ts";
import { StartDelay } from "../../../src/engine/admission/start_delay.ts";
import { Gate } from "../../../src/engine/pool.ts";
import type { EventBody } from "../../../src/model/event_body.ts";
import { FakeClock } from "../../helpers/fake_clock.ts";
import { forSeeds } from "../../helpers/random.ts";

const NEVER = new AbortController().signal;

function admit(policies: readonly StartPolicy[]) {
  const [clock, drain] = [new FakeClock({ isOnlyClock: true }), new AbortController()];
  const gate = new Gate(drain.signal);
  const zero = clock.now();
  const events: [at: number, event: EventBody][] = [];
  const admission = new Admission({
    ...{ policies, clock, wallClock: clock, gate },
    publish: (event) => void events.push([clock.now() - zero, event]),
  });
  const starts: [worker: number, at: number, mayStart: boolean][] = [];
  const ask = (worker: number, cancelled = NEVER) => {
    admission.turn({ worker, isProcess: true, cancelled })
      .then((mayStart) => starts.push([worker, clock.now() - zero, mayStart]));
  };
  /** Lets those who have asked wait, and then moves the time. */
  const pass = async (ms: number) => {
    await clock.advance(0);
    await clock.advance(ms);
  };
  return { clock, pass, drain, gate, admission, events, starts, ask };
}

Deno.test("a start waits until there is enough memory, and people see for what", async () => {
  let free = 150;
  const { pass, events, starts, ask } = admit([
    new FreeMemory({ wanted: 200, free: () => free }),
  ]);
  ask(0);
  await pass(3_000);
  free = 170;
  await pass(3_000);
  free = 250;
  await pass(200);
  assertEquals(starts, [[0, 6_100, true]]);
  const waitsFor = (free: number) => ({ kind: "memory" as const, free, wanted: 200 });
  assertEquals(events, [
    [1_000, { kind: "starts-held", waitsFor: waitsFor(150) }],
    // The figures have changed before, and come each five seconds at most.
    [6_000, { kind: "starts-held", waitsFor: waitsFor(170) }],
    [6_100, { kind: "starts-freed" }],
  ]);
});

Deno.test("figures of a wait that goes on come again, but not often", async () => {
  let free = 0;
  const { pass, events, ask } = admit([new FreeMemory({ wanted: 1_000, free: () => free++ })]);
  ask(0);
  await pass(31_000);
  const held = events.filter(([, { kind }]) => kind === "starts-held").map(([at]) => at);
  assertEquals(held, [1_000, 6_000, 11_000, 16_000, 21_000, 26_000, 31_000]);
});

Deno.test("a wait that ends within a second is not published", async () => {
  const { pass, events, starts, ask } = admit([new StartDelay(900)]);
  for (let worker = 0; worker < 4; worker++) ask(worker);
  await pass(5_000);
  assertEquals(starts.map(([, at]) => at), [0, 900, 1_800, 2_700]);
  assertEquals(events, []);
});

Deno.test("a wait of known length is published at once, with its end", async () => {
  const { clock, pass, events, ask } = admit([new RateLimit({ starts: 1, per: 60_000 })]);
  ask(0);
  ask(1);
  const zero = clock.now();
  await pass(0);
  assertEquals(events, [[0, {
    kind: "starts-held",
    waitsFor: { kind: "rate", starts: 1, per: 60_000, until: zero + 60_000 },
  }]]);
});

Deno.test("there is one warning if no worker runs, and the run waits on", async () => {
  let free = 0;
  const { pass, events, starts, ask, admission } = admit([
    new FreeMemory({ wanted: 10, free: () => free }),
  ]);
  const warnings = () => events.filter(([, { kind }]) => kind === "warning");
  ask(0);
  await pass(9_900);
  assertEquals(warnings(), []);
  await pass(3_600_000);
  assertEquals(warnings().length, 1);
  free = 10;
  await pass(100);
  assertEquals(starts.length, 1);
  free = 0;
  ask(1);
  admission.end(0);
  await pass(60_000);
  assertEquals(warnings().length, 1);
});

Deno.test("there is no warning while a worker runs", async () => {
  let free = 10;
  const { pass, events, ask } = admit([new FreeMemory({ wanted: 10, free: () => free })]);
  ask(0);
  await pass(0);
  free = 0;
  ask(1);
  await pass(3_600_000);
  assertEquals(events.filter(([, { kind }]) => kind === "warning"), []);
});

Deno.test("a drain, a pause and a cancellation reach a start that waits for memory", async () => {
  let free = 0;
  const { pass, drain, events, gate, starts, ask } = admit([
    new FreeMemory({ wanted: 10, free: () => free }),
  ]);
  const cancelled = new AbortController();
  ask(0, cancelled.signal);
  ask(1);
  await pass(2_000);
  cancelled.abort();
  await pass(0);
  assertEquals(starts, [[0, 2_000, true]], "the next step sees that it is cancelled");
  gate.close();
  free = 10;
  await pass(10_000);
  assertEquals(starts.length, 1);
  gate.open();
  await pass(100);
  assertEquals(starts.at(-1), [1, 12_000, true]);
  free = 0;
  ask(2);
  await pass(50);
  drain.abort();
  await pass(0);
  assertEquals(starts.at(-1), [2, 12_150, false]);
  assertEquals(events.at(-1)![1], { kind: "starts-freed" });
});

Deno.test("with several policies, each holds, and starts keep the order in which they asked", async () => {
  await forSeeds(60, async (random) => {
    const rate = { starts: 1 + random.integer(4), per: 100 + random.integer(2_000) };
    const delay = random.integer(300);
    let free = 0;
    const { clock, pass, starts, ask, admission } = admit([
      new FreeMemory({ wanted: 10, free: () => free }),
      new RateLimit(rate),
      new StartDelay(delay),
    ]);
    const zero = clock.now();
    const freeAt: boolean[] = [];
    for (let worker = 0; worker < 12; worker++) ask(worker);
    for (let step = 0; starts.length < 12; step++) {
      assert(step < 10_000, "all of them start");
      free = random.integer(3) === 0 ? 0 : 1_000;
      const [before, from] = [starts.length, clock.now() - zero];
      await pass(50);
      for (const [worker, at] of starts.slice(before)) {
        freeAt.push(free > 0 || at === from);
        admission.end(worker);
      }
    }
    assertEquals(starts.map(([worker]) => worker), Array.from({ length: 12 }, (_, at) => at));
    assert(freeAt.every(Boolean));
    const times = starts.map(([, at]) => at);
    for (const [at, time] of times.entries()) {
      assert(at === 0 || time - times[at - 1]! >= delay);
      assert(at < rate.starts || time - times[at - rate.starts]! >= rate.per);
    }
  });
});

Deno.test("a pause is no wait: neither its time nor what comes soon after it is told", async () => {
  const { pass, gate, events, ask } = admit([new FreeMemory({ wanted: 2, free: () => 1 })]);
  gate.close();
  ask(0);
  await pass(60_000);
  gate.open();
  await pass(900);
  assertEquals(events, []);
  await pass(200);
  assertEquals(events.map(([, { kind }]) => kind), ["starts-held"]);
  // A pause in the middle of a wait is none of it, either.
  gate.close();
  await pass(60_000);
  gate.open();
  await pass(8_000);
  assert(events.every(([, { kind }]) => kind !== "warning"));
  await pass(2_000);
  assertEquals(events.filter(([, { kind }]) => kind === "warning").length, 1);
});
