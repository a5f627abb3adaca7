import { assertEquals } from "@std/assert";
import { RemoteUsage } from "../../../src/launchers/remote/remote_usage.ts";
import { FakeClock } from "../../helpers/fake_clock.ts";

/** Starts to ask an agent that answers so many milliseconds later; `asked` has the times of the questions. */
function asking(answer: string[], latency: number) {
  const clock = new FakeClock({ isOnlyClock: true });
  const asked: number[] = [];
  const begin = clock.now();
  const usage = new RemoteUsage(() => {
    asked.push(clock.now() - begin);
    if (latency < Infinity) clock.after(latency, () => usage.note(answer));
  }, clock);
  usage.start(7);
  return { clock, asked, usage };
}

Deno.test("a new worker is looked at more often, and then once a second", async () => {
  const { clock, asked, usage } = asking(["5", "100", "200"], 0);
  await clock.advance(4_000);
  usage[Symbol.dispose]();
  assertEquals(asked.map(Math.round), [50, 125, 313, 781, 1781, 2781, 3781]);
  assertEquals(clock.running, 0);
});

Deno.test("looks that take long become rarer, but not without end", async () => {
  const slow = asking(["5", "100", "200"], 300);
  await slow.clock.advance(10_000);
  assertEquals(slow.asked, [50, 875, 2_937.5, 6_237.5, 9_537.5]);
  const held = asking(["5", "100", "200"], 60_000);
  await held.clock.advance(140_000);
  assertEquals(held.asked, [50, 70_050]);
});

Deno.test("an agent that gives no answer is asked once", async () => {
  const { clock, asked, usage } = asking([], Infinity);
  await clock.advance(60_000);
  assertEquals([asked, usage.usage(), usage.used()], [[50], undefined, undefined]);
});

Deno.test("answers add up to the largest sum and the whole time", async () => {
  const { clock, asked, usage } = asking([], Infinity);
  const note = async (...answer: string[]) => {
    await clock.advance(1_000);
    usage.note(answer);
  };
  await note("100", "3000", "2000");
  await note("250", "1000", "2500");
  assertEquals(usage.usage(), { cpu: 1.5, rss: 1_024_000, peakRss: 3_072_000 });
  assertEquals(usage.used(), { cpuSeconds: 2.5, peakRss: 3_072_000 });
  usage.noteEnd("260");
  await note("900", "9000", "9000");
  assertEquals(usage.used(), { cpuSeconds: 2.6, peakRss: 3_072_000 });
  assertEquals(asked.length, 2);
});

Deno.test("an answer that is none changes nothing, and the next question comes", async () => {
  for (const answer of [[], ["5"], ["5", "6", "x"], ["-5", "6", "7"], ["5", "", "7"]]) {
    const { clock, asked, usage } = asking(answer, 0);
    await clock.advance(200);
    assertEquals([asked, usage.usage()], [[50, 125], undefined]);
    usage.noteEnd("");
    assertEquals(usage.used(), undefined);
  }
});
