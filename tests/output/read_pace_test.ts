import { assert, assertEquals } from "@std/assert";
import { ReadPace } from "../../src/output/read_pace.ts";
import { FakeClock } from "../helpers/fake_clock.ts";

/** Starts workers on one clock. */
function setUp(workers: number) {
  const clock = new FakeClock({ isOnlyClock: true });
  const paces = Array.from({ length: workers }, () => new ReadPace(clock));
  for (const pace of paces) pace.start();
  const stop = () => paces.forEach((pace) => pace.stop());
  return { clock, paces, [Symbol.dispose]: stop };
}

Deno.test("the output of a few workers is read as it comes", () => {
  using few = setUp(15);
  for (const pace of few.paces) assertEquals(pace.rest(10), undefined);
});

/** Reads all the time for twelve seconds; returns how often each worker was read. */
async function readsOf({ clock, paces }: ReturnType<typeof setUp>): Promise<number[]> {
  const counts = paces.map(() => 0);
  let isOver = false;
  paces.forEach(async (pace, index) => {
    for (; !isOver; counts[index]!++) await pace.rest(10);
  });
  await clock.advance(12_000);
  isOver = true;
  return counts;
}

for (
  const [workers, perSecond] of [[16, 10], [32, 5], [48, 10 / 3], [64, 2.5], [200, 2.5], [
    1_000,
    2.5,
  ], [3_000, 1]]
) {
  Deno.test(`each of ${workers} workers is read ${perSecond!.toFixed(1)} times a second`, async () => {
    using many = setUp(workers!);
    for (const count of await readsOf(many)) {
      assert(Math.abs(count - 12 * perSecond!) <= 2, `${count} reads`);
    }
  });
}

Deno.test("at each beat, about as many workers are read as at any other", async () => {
  using many = setUp(64);
  const { clock, paces } = many;
  let woken = 0;
  for (const pace of paces) pace.rest(10)!.then(() => woken++);
  for (let beat = 1; beat <= 4; beat++) {
    await clock.advance(100);
    assertEquals(woken, 16 * beat);
  }
});

Deno.test("a worker that prints much never rests again, and does not count", () => {
  using many = setUp(16);
  const [first, second] = many.paces;
  assertEquals(first!.rest(1024), undefined);
  assertEquals(first!.rest(10), undefined);
  assertEquals(second!.rest(10), undefined);
});

Deno.test("a rest ends when it is woken up, and when there are no more rests", async () => {
  using many = setUp(16);
  const { clock, paces: [first, second] } = many;
  const rests = [first!.rest(10), second!.rest(10)];
  assert(first!.isResting && second!.isResting);
  first!.wake();
  second!.stop();
  await Promise.all(rests);
  assert(!first!.isResting && !second!.isResting);
  assertEquals(second!.rest(10), undefined);
  assertEquals(clock.running, 0);
});
