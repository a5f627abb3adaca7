// A run that is told to go on before its process stands still must not stand still.
import { assertEquals } from "@std/assert";
import { EventBus } from "../../../src/engine/event_bus.ts";
import { StopSwitch } from "../../../src/engine/stop/switch.ts";
import { SuspendableClock } from "../../../src/base/clock.ts";
import { Suspension } from "../../../src/engine/stop/suspension.ts";
import { FakeClock, settle } from "../../helpers/fake_clock.ts";

function setUp() {
  const wallClock = new FakeClock();
  const kinds: string[] = [];
  const clock = new SuspendableClock(wallClock);
  const bus = new EventBus([{ report: ({ kind }) => void kinds.push(kind) }], wallClock);
  const stop = new StopSwitch();
  return {
    wallClock,
    clock,
    kinds,
    suspension: new Suspension({ clock, wallClock, stop, bus }),
  };
}

Deno.test("a run that nobody tells to go on stands still, once, with its clock", async () => {
  const { wallClock, clock, kinds, suspension } = setUp();
  const suspended = suspension.suspend();
  assertEquals(await suspension.suspend(), false);
  const start = clock.now();
  await settle();
  await wallClock.advance(200);
  assertEquals([await suspended, clock.now() - start], [true, 0]);
  suspension.resume();
  suspension.resume();
  await wallClock.advance(5);
  assertEquals(clock.now() - start, 5);
  assertEquals(kinds, ["run-suspended", "run-continued"]);
});

Deno.test("one that is told to go on meanwhile does not stand still", async () => {
  const { wallClock, suspension } = setUp();
  const suspended = suspension.suspend();
  await settle();
  await wallClock.advance(10);
  suspension.resume();
  await wallClock.advance(200);
  assertEquals(await suspended, false);
});
