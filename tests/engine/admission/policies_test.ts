import { assert, assertEquals } from "@std/assert";
import { FreeMemory } from "../../../src/engine/admission/free_memory.ts";
import { LoadLimit } from "../../../src/engine/admission/load_limit.ts";
import type { RunningStart, StartPolicy } from "../../../src/engine/admission/policy.ts";
import { RateLimit } from "../../../src/engine/admission/rate_limit.ts";
import { StartDelay } from "../../../src/engine/admission/start_delay.ts";
import { forSeeds, type Random } from "../../helpers/random.ts";

/** Returns when each of those who ask at these times starts, one after the other, if nothing runs. */
function startTimes(policy: StartPolicy, asked: readonly number[]): number[] {
  let now = 0;
  return asked.map((time) => {
    now = Math.max(now, time);
    for (;;) {
      const hold = policy.check({ now, isProcess: true, running: [] });
      if (hold === undefined) break;
      assert(hold.ms > 0, "a wait takes some time");
      now += hold.ms;
    }
    policy.start?.(now);
    return now;
  });
}

/** Returns times in order, some of them together. */
function randomTimes(random: Random): number[] {
  let now = 0;
  return Array.from({ length: 1 + random.integer(60) }, () => {
    now += random.pick([0, 0, random.integer(50), random.integer(3_000)]);
    return now;
  });
}

Deno.test("no time of the rate's length has more starts, and none is later than it must be", async () => {
  await forSeeds(300, (random) => {
    const rate = { starts: 1 + random.integer(8), per: 1 + random.integer(2_000) };
    const asked = randomTimes(random);
    const times = startTimes(new RateLimit(rate), asked);
    for (const [at, time] of times.entries()) {
      const earlier = times[at - rate.starts] ?? -Infinity;
      const before = times[at - 1] ?? 0;
      assertEquals(time, Math.max(asked[at]!, before, earlier + rate.per));
    }
  });
});

Deno.test("starts are a delay apart, and none is later than it must be", async () => {
  await forSeeds(300, (random) => {
    const delay = random.integer(1_000);
    const asked = randomTimes(random);
    const times = startTimes(new StartDelay(delay), asked);
    for (const [at, time] of times.entries()) {
      assertEquals(time, Math.max(asked[at]!, (times[at - 1] ?? -Infinity) + delay));
    }
  });
});

interface Simulated {
  readonly at: number;
  readonly endsAt: number;
  /** When it has taken its memory. */
  readonly takesAt: number;
  readonly memory: number;
}

Deno.test("processes that need no more than memoryFree never need more than there is", async () => {
  await forSeeds(200, (random) => {
    const wanted = 1 + random.integer(100);
    // At least one of them has room.
    const total = wanted + random.integer(6 * wanted);
    const processes: Simulated[] = [];
    let now = 0;
    const free = () =>
      total - processes.filter(({ takesAt, endsAt }) => takesAt <= now && now < endsAt)
        .reduce((sum, { memory }) => sum + memory, 0);
    const policy = new FreeMemory({ wanted, free });
    for (let started = 0, looks = 0; started < 40; now += 10, looks++) {
      assert(looks < 40_000, "all of them start at some time");
      assert(free() >= 0, "there is always enough");
      if (random.integer(3) === 0) continue;
      const running: RunningStart[] = processes.filter(({ endsAt }) => now < endsAt)
        .map(({ at }) => ({ at, isProcess: true }));
      if (policy.check({ now, isProcess: true, running }) !== undefined) continue;
      const takesAt = now + random.integer(1_000);
      const endsAt = now + random.integer(3_000);
      processes.push({ at: now, takesAt, endsAt, memory: random.integer(wanted + 1) });
      started++;
    }
  });
});

Deno.test("a resident worker that has its process waits for no memory", () => {
  const policy = new FreeMemory({ wanted: 100, free: () => 50 });
  assertEquals(policy.check({ now: 0, isProcess: false, running: [] }), undefined);
  assertEquals(policy.check({ now: 0, isProcess: true, running: [] })?.waitsFor, {
    kind: "memory",
    free: 50,
    wanted: 100,
  });
});

Deno.test("ranges of resident workers do not count as memory that is still to be taken", () => {
  const policy = new FreeMemory({ wanted: 100, free: () => 150 });
  const running = [{ at: 0, isProcess: false }, { at: 0, isProcess: false }];
  assertEquals(policy.check({ now: 0, isProcess: true, running }), undefined);
});

Deno.test("a start waits while threads, and attempts that have just started, reach the limit", () => {
  let threads = 1;
  const policy = new LoadLimit({ limit: 2.5, threads: () => threads });
  const check = (...ages: number[]) => {
    const running = ages.map((age) => ({ at: 10_000 - age, isProcess: true }));
    return policy.check({ now: 10_000, isProcess: false, running })?.waitsFor;
  };
  assertEquals(check(5_000, 5_000), undefined);
  assertEquals(check(199), undefined);
  assertEquals(check(199, 0), { kind: "load", threads: 3, limit: 2.5 });
  threads = 3;
  assertEquals(check(), { kind: "load", threads: 3, limit: 2.5 });
});
