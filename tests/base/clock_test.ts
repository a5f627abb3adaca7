import { assert, assertEquals, assertRejects } from "@std/assert";
import { SuspendableClock, systemClock, withTimeout } from "../../src/base/clock.ts";
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

Deno.test("time in which the process did not run is no time", async () => {
  const { base, clock, passed } = setUp();
  const rang: number[] = [];
  clock.after(1_000, () => rang.push(passed()));
  await base.advance(500);
  await base.jump(60_000);
  assert(passed() >= 500 && passed() <= 600, `${passed()}`);
  await base.advance(350);
  assertEquals(rang, []);
  await base.advance(200);
  assertEquals(rang.length, 1);
  assert(rang[0]! >= 1_000 && rang[0]! < 1_001, `${rang}`);
});

Deno.test("after such a gap, timers that are due wait until there was time to read", async () => {
  const { base, clock } = setUp();
  const rang: string[] = [];
  clock.after(510, () => rang.push("later"));
  clock.after(505, () => rang.push("first"));
  clock.after(505, () => rang.push("gone"))[Symbol.dispose]();
  await base.advance(500);
  // Whoever sees the gap first: a timer, or somebody who asks for the time.
  await base.jump(2_000);
  clock.after(0, () => rang.push("new"));
  await base.advance(250);
  assertEquals(rang, []);
  await base.advance(100);
  assertEquals(rang, ["first", "later", "new"]);
});

/** A clock whose process is stopped once: before or after somebody asks it for something for the `at`-th time. */
class StoppedClock extends FakeClock {
  asked = 0;
  readonly #at: number;
  readonly #when: "before" | "after";

  constructor(at: number, when: "before" | "after") {
    super({ isOnlyClock: true });
    this.#at = at;
    this.#when = when;
  }

  override now(): number {
    return this.#stopIn(() => super.now());
  }

  override after(ms: number, callback: () => void): Disposable {
    return this.#stopIn(() => super.after(ms, callback));
  }

  #stopIn<T>(asked: () => T): T {
    const isStopped = ++this.asked === this.#at;
    if (isStopped && this.#when === "before") this.skip(2_500);
    const answer = asked();
    if (isStopped && this.#when === "after") this.skip(2_500);
    return answer;
  }
}

for (const when of ["before", "after"] as const) {
  for (const isSuspendedFirst of [false, true]) {
    const name = `a process may be stopped at any moment ${when} it asks for the time or a timer`;
    Deno.test(`${name}${isSuspendedFirst ? ", in a run that was suspended" : ""}`, async () => {
      let at = 1;
      for (let asked = Infinity; at <= asked; at++) {
        const base = new StoppedClock(at, when);
        const clock = new SuspendableClock(base);
        if (isSuspendedFirst) clock.suspend();
        let isRung = false;
        clock.after(2_000, () => isRung = true);
        if (isSuspendedFirst) clock.resume();
        let awake = 0;
        for (; !isRung && awake < 6_000; awake += 10) await base.advance(10);
        // A look's time of each gap counts.
        assert(awake >= 1_890, `stopped at ${at}: after ${awake} ms`);
        assert(awake <= 2_410, `stopped at ${at}: after ${awake} ms`);
        asked = base.asked;
      }
      assert(at > 40, `${at}`);
    });
  }
}

Deno.test("somebody who asks for the time often does not hide that nothing was read", async () => {
  const { base, clock } = setUp();
  const rang: string[] = [];
  clock.after(450, () => rang.push("due"));
  await base.advance(400);
  for (let asked = 0; asked < 20; asked++) {
    base.skip(50);
    clock.now();
  }
  await base.advance(0);
  assertEquals(rang, []);
  await base.advance(350);
  assertEquals(rang, ["due"]);
});

Deno.test("a process that is always busy is late, but its timers fire", async () => {
  const { base, clock } = setUp();
  let rings = 0;
  const again = () => void clock.after(1_000, () => (rings++, again()));
  again();
  for (let turn = 0; turn < 200; turn++) await base.jump(400);
  assert(rings >= 4, `${rings} rings in 80 s`);
});

Deno.test("a timer that is a little late is no gap", async () => {
  const { base, clock, passed } = setUp();
  clock.after(60_000, () => {});
  for (let turn = 0; turn < 10; turn++) await base.jump(250);
  assertEquals(passed(), 2_500);
});

Deno.test("a clock without timers looks at nothing", async () => {
  const { base, clock, passed } = setUp();
  using _timer = clock.after(1_000, () => {});
  const other = clock.after(500, () => {});
  other[Symbol.dispose]();
  assertEquals(base.running, 2);
  await base.advance(1_500);
  assertEquals(base.running, 0);
  await base.jump(5_000);
  assertEquals(passed(), 6_500);
  clock.after(1_000, () => {})[Symbol.dispose]();
  assertEquals(base.running, 0);
});

Deno.test("a wait with a timeout takes what came while the process did not run", async () => {
  const clock = new FakeClock();
  const { promise, resolve } = Promise.withResolvers<string>();
  const waiting = withTimeout(promise, { ms: 1_000, clock });
  await clock.advance(500);
  await clock.jump(10_000);
  resolve("answer");
  assertEquals(await waiting, "answer");
  assertEquals(clock.running, 0);
});

Deno.test("timers may be longer than those of the platform", () => {
  const day = 24 * 3_600_000;
  const { setTimeout } = globalThis;
  const { now } = performance;
  let time = 0;
  const timers: [delay: number, callback: () => void][] = [];
  let rang = 0;
  try {
    performance.now = () => time;
    globalThis.setTimeout = ((callback: () => void, delay: number) => {
      timers.push([delay, callback]);
      return timers.length;
    }) as unknown as typeof setTimeout;
    systemClock.after(60 * day, () => rang = time);
    for (let timer = timers.shift(); timer !== undefined; timer = timers.shift()) {
      const [delay, callback] = timer;
      assert(delay > 0 && delay < 2 ** 31, `${delay}`);
      time += delay;
      callback();
    }
  } finally {
    Object.assign(performance, { now });
    globalThis.setTimeout = setTimeout;
  }
  assertEquals(Math.round(rang), 60 * day);
});

for (const ms of [2 ** 31, 60 * 24 * 3_600_000, Infinity]) {
  Deno.test(`a timer of ${ms} ms does not fire at once, and can be disposed of`, async () => {
    let rang = false;
    const timers = [systemClock, new SuspendableClock(systemClock)]
      .map((clock) => clock.after(ms, () => rang = true));
    await new Promise((resolve) => setTimeout(resolve, 20));
    for (const timer of timers) timer[Symbol.dispose]();
    assertEquals(rang, false);
  });
}
