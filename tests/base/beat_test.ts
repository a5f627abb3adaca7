import { assertEquals } from "@std/assert";
import { atNextBeat, everyBeat } from "../../src/base/beat.ts";
import { FakeClock } from "../helpers/fake_clock.ts";

Deno.test("all who wait for a beat are called by one timer, in order", async () => {
  const clock = new FakeClock({ isOnlyClock: true });
  const called: string[] = [];
  atNextBeat(clock, 100, () => called.push("first"));
  await clock.advance(60);
  atNextBeat(clock, 100, () => called.push("second"));
  assertEquals(clock.running, 1);
  await clock.advance(39);
  assertEquals(called, []);
  await clock.advance(1);
  assertEquals(called, ["first", "second"]);
  assertEquals(clock.running, 0);
});

Deno.test("who begins to wait at a beat waits for the one after it", async () => {
  const clock = new FakeClock({ isOnlyClock: true });
  const called: string[] = [];
  atNextBeat(clock, 100, () => {
    called.push("first");
    atNextBeat(clock, 100, () => called.push("next"));
  });
  await clock.advance(100);
  assertEquals(called, ["first"]);
  await clock.advance(100);
  assertEquals(called, ["first", "next"]);
});

Deno.test("who waits for one of several beats is called at that one alone", async () => {
  const clock = new FakeClock({ isOnlyClock: true });
  const called: string[] = [];
  const asked: number[] = [];
  const third = (beat: number) => asked.push(beat) > 0 && beat % 3 === 0;
  atNextBeat(clock, 100, () => called.push("third"), third);
  const never = atNextBeat(clock, 100, () => called.push("never"), () => false);
  atNextBeat(clock, 100, () => called.push("first"));
  await clock.advance(100);
  assertEquals([called, asked, clock.running], [["first"], [1], 1]);
  await clock.advance(199);
  assertEquals(called, ["first"]);
  await clock.advance(1);
  assertEquals([called, asked, clock.running], [["first", "third"], [1, 2, 3], 1]);
  await clock.advance(500);
  assertEquals([called, asked, clock.running], [["first", "third"], [1, 2, 3], 1]);
  never[Symbol.dispose]();
  assertEquals(clock.running, 0);
});

Deno.test("who gave up is not called, even if another one who was called made it give up", async () => {
  const clock = new FakeClock({ isOnlyClock: true });
  const called: string[] = [];
  atNextBeat(clock, 100, () => {
    called.push("first");
    second[Symbol.dispose]();
  });
  const second = atNextBeat(clock, 100, () => called.push("second"));
  atNextBeat(clock, 100, () => called.push("third"));
  await clock.advance(100);
  assertEquals(called, ["first", "third"]);
});

Deno.test("no timer is left when nobody waits any more", () => {
  const clock = new FakeClock({ isOnlyClock: true });
  const waiting = [1, 2].map(() => atNextBeat(clock, 100, () => {}));
  for (const waiter of waiting) waiter[Symbol.dispose]();
  assertEquals(clock.running, 0);
});

Deno.test("beats of two distances, or of two clocks, are not the same", async () => {
  const [clock, other] = [true, true].map((isOnlyClock) => new FakeClock({ isOnlyClock }));
  const called: string[] = [];
  atNextBeat(clock!, 100, () => called.push("clock"));
  atNextBeat(clock!, 300, () => called.push("later"));
  atNextBeat(other!, 100, () => called.push("other"));
  await clock!.advance(100);
  assertEquals(called, ["clock"]);
  await clock!.advance(200);
  await other!.advance(100);
  assertEquals(called, ["clock", "later", "other"]);
});

Deno.test("everyBeat() calls until it is disposed of", async () => {
  const clock = new FakeClock({ isOnlyClock: true });
  let calls = 0;
  const beats = everyBeat(clock, 100, () => {
    if (++calls === 3) beats[Symbol.dispose]();
  });
  await clock.advance(1_000);
  assertEquals([calls, clock.running], [3, 0]);
});
