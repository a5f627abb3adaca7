import { atBestOf } from "../helpers/at_best_of.ts";
import { assert, assertEquals } from "@std/assert";
import { awakeClock } from "../../src/base/clock.ts";
import { Heartbeat } from "../../src/launchers/lease.ts";

/** Lets a heartbeat beat until somebody falls silent, or for so many milliseconds. */
async function beat(
  lastSignAt: () => number | undefined,
  { patience }: { patience: number },
): Promise<{ pings: number; silentAfter: number | undefined }> {
  const { promise, resolve } = Promise.withResolvers<number | undefined>();
  const start = performance.now();
  let pings = 0;
  const heartbeat = new Heartbeat({
    lease: 300,
    ping: () => pings++,
    lastSignAt,
    onSilence: () => resolve(performance.now() - start),
  });
  heartbeat.start();
  const timer = setTimeout(() => resolve(undefined), patience);
  const silentAfter = await promise;
  clearTimeout(timer);
  heartbeat.stop();
  return { pings, silentAfter };
}

Deno.test("a side that gives no sign for a lease is silent", async () => {
  // On a busy machine, a sign may be late.
  await atBestOf(5, async () => {
    const begun = awakeClock.now();
    const { pings, silentAfter } = await beat(() => begun, { patience: 5_000 });
    assert(silentAfter !== undefined && silentAfter > 300, `${silentAfter}`);
    assert(pings >= 3, `${pings}`);
  });
});

Deno.test("a sign that came while this process was busy is read first", async () => {
  let signAt = awakeClock.now();
  const { promise, resolve } = Promise.withResolvers<string>();
  const heartbeat = new Heartbeat({
    lease: 900,
    ping: () => {},
    lastSignAt: () => signAt,
    onSilence: () => resolve("silent"),
  });
  heartbeat.start();
  const reading = setTimeout(() => {
    for (const end = performance.now() + 850; performance.now() < end;);
    setTimeout(() => {
      signAt = awakeClock.now();
      setTimeout(() => resolve("heard"), 400);
    }, 50);
  }, 200);
  assertEquals(await promise, "heard");
  clearTimeout(reading);
  heartbeat.stop();
});

Deno.test("one that gives signs is not, nor is one that nobody listens to", async () => {
  const speaking = await beat(() => awakeClock.now(), { patience: 700 });
  assertEquals(speaking.silentAfter, undefined);
  const unheard = await beat(() => undefined, { patience: 700 });
  assertEquals(unheard.silentAfter, undefined);
});
