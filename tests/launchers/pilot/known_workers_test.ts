import { assertEquals } from "@std/assert";
import { KnownWorkers } from "../../../src/launchers/pilot/known_workers.ts";
import { FakeClock } from "../../helpers/fake_clock.ts";

Deno.test("a worker that is over is known for some seconds, and for longer if that is asked for", async () => {
  const clock = new FakeClock();
  using workers = new KnownWorkers<string>(clock);
  for (const worker of [1, 2, 3]) workers.add(worker, `worker ${worker}`);
  workers.end(1);
  workers.end(2, { longer: 15_000 });
  await clock.advance(4_900);
  assertEquals(workers.all(), ["worker 1", "worker 2", "worker 3"]);
  await clock.advance(5_200);
  assertEquals(workers.all(), ["worker 2", "worker 3"]);
  await clock.advance(9_800);
  assertEquals(workers.get(2), "worker 2");
  await clock.advance(5_200);
  assertEquals(workers.all(), ["worker 3"]);
});

Deno.test("workers that are known run no timer after the end", () => {
  const clock = new FakeClock();
  const workers = new KnownWorkers<string>(clock);
  workers.add(1, "worker 1");
  workers[Symbol.dispose]();
  assertEquals(clock.running, 0);
});
