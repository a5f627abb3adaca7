import { assert, assertEquals } from "@std/assert";
import { FrameSchedule } from "../../src/terminal/frame_schedule.ts";
import { FakeClock } from "../helpers/fake_clock.ts";

/** Returns the number of frames of ten seconds in which frames are requested all the time. */
async function framesOf(bytes: number): Promise<number> {
  const clock = new FakeClock({ isOnlyClock: true });
  let frames = 0;
  const schedule = new FrameSchedule(clock, () => {
    frames++;
    schedule.drawn(bytes);
  });
  schedule.start();
  for (let ms = 0; ms < 10_000; ms += 10) {
    schedule.request();
    await clock.advance(10);
  }
  schedule.stop();
  return frames;
}

Deno.test("there are at most ten frames a second, fewer if they are large, and at least four", async () => {
  const small = await framesOf(200);
  assert(small >= 96 && small <= 100, `${small}`);
  const large = await framesOf(1_600);
  assert(large >= 48 && large <= 51, `${large}`);
  const huge = await framesOf(1_000_000);
  assert(huge >= 38 && huge <= 41, `${huge}`);
});

Deno.test("without requests, there is one frame a second", async () => {
  const clock = new FakeClock({ isOnlyClock: true });
  let frames = 0;
  const schedule = new FrameSchedule(clock, () => frames++);
  schedule.start();
  await clock.advance(10_000);
  schedule.stop();
  assertEquals(frames, 10);
});
