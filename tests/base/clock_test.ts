import { assertEquals, assertRejects } from "@std/assert";
import { SuspendableClock, withTimeout } from "../../src/base/clock.ts";
import { FakeClock, settle } from "../helpers/fake_clock.ts";

function setUp() {
  const base = new FakeClock();
  const clock = new SuspendableClock(base);
  const start = clock.now();
  return { base, clock, passed: () => clock.now() - start };
}

Deno.test("a suspended clock stands still, and goes on where it stood", async () => {
  const { base, clock, passed } = setUp();
  await base.advance(10);
  clock.suspend();
  clock.suspend();
  await base.advance(100);
  assertEquals(passed(), 10);
  clock.resume();
  clock.resume();
  await base.advance(5);
  assertEquals(passed(), 15);
});

Deno.test("timers of a suspended clock wait as long, those that are set meanwhile too", async () => {
  const { base, clock, passed } = setUp();
  const rang: [string, number][] = [];
  const ring = (name: string) => () => rang.push([name, passed()]);
  clock.after(20, ring("before"));
  const gone = clock.after(20, ring("gone"));
  await base.advance(10);
  clock.suspend();
  clock.after(5, ring("meanwhile"));
  gone[Symbol.dispose]();
  await base.advance(100);
  assertEquals(rang, []);
  clock.resume();
  await base.advance(100);
  assertEquals(rang, [["meanwhile", 15], ["before", 20]]);
});

Deno.test("a wait with a timeout ends with its promise, or when its time is over", async () => {
  const clock = new FakeClock();
  const options = { ms: 100, clock };
  assertEquals(await withTimeout(Promise.resolve("value"), options), "value");
  await assertRejects(() => withTimeout(Promise.reject(new Error("no")), options), Error, "no");
  const results: unknown[] = [];
  const { promise, resolve } = Promise.withResolvers<string>();
  withTimeout(promise, options).then((value) => results.push(value));
  await clock.advance(99);
  assertEquals(results, []);
  await clock.advance(1);
  assertEquals(results, [undefined]);
  resolve("late");
  await settle();
  assertEquals(results, [undefined]);
});
