// The entrance of servers: who has to leave, and when.
import { assertEquals } from "@std/assert";
import { Entrance } from "../../src/base/entrance.ts";
import { FakeClock } from "../helpers/fake_clock.ts";

Deno.test("a newcomer whose time is over is dropped a look later: what it sent is read before", async () => {
  const clock = new FakeClock();
  const entrance: Entrance = new Entrance({ clock, isFull: () => entrance.size > 0 });
  let dropped = 0;
  using _newcomer = entrance.add(() => dropped++);
  const over = new AbortController();
  entrance.acceptAll({
    listener: { accept: () => new Promise<Disposable>(() => {}) },
    serve: () => {},
    signal: over.signal,
  });
  for (const [ms, expected] of [[60, 0], [40, 0], [20, 1]] as const) {
    await clock.advance(ms);
    assertEquals(dropped, expected);
  }
  over.abort();
});
