import { assertEquals } from "@std/assert";
import { SuspendableClock } from "../../src/base/clock.ts";
import { ProcessSearch, type Terminable, Termination } from "../../src/launchers/termination.ts";
import { FakeClock, settle } from "../helpers/fake_clock.ts";

/** A target that ends some time after a signal that it obeys, and keeps a record of the signals it got. */
class FakeTarget implements Terminable {
  readonly killPatience?: number;
  readonly signals: [signal: string, at: number][] = [];
  readonly #clock: FakeClock;
  readonly #start: number;
  readonly #obeys: readonly string[];
  #isAlive = true;

  constructor(
    clock: FakeClock,
    { obeys, killPatience }: { obeys: string[]; killPatience?: number },
  ) {
    this.#clock = clock;
    this.#start = clock.now();
    this.#obeys = obeys;
    this.killPatience = killPatience;
  }

  kill(signal: Deno.Signal): void {
    this.signals.push([signal, this.#clock.now() - this.#start]);
    if (this.#obeys.includes(signal)) this.#clock.after(30, () => this.#isAlive = false);
  }

  groupIsAlive(): boolean {
    return this.#isAlive;
  }
}

function setUp(options: { obeys: string[]; killPatience?: number }) {
  const clock = new FakeClock();
  const start = clock.now();
  const target = new FakeTarget(clock, options);
  const termination = new Termination(target, { clock, gracePeriod: 100 });
  const ended = () => termination.done?.then(() => clock.now() - start);
  return { clock, target, termination, ended };
}

Deno.test("a target that obeys is continued, so that it can, and is not killed", async () => {
  const { clock, target, termination, ended } = setUp({ obeys: ["SIGTERM"] });
  assertEquals(termination.done, undefined);
  termination.signal("SIGTERM");
  const at = ended();
  await clock.advance(1_000);
  assertEquals(target.signals, [["SIGTERM", 0], ["SIGCONT", 0]]);
  assertEquals([await at! < 100, termination.forced, termination.gaveUp], [true, false, false]);
});

Deno.test("the grace period counts from the first signal; then the target is killed, once", async () => {
  const { clock, target, termination } = setUp({ obeys: ["SIGKILL"] });
  termination.signal("SIGINT");
  await clock.advance(60);
  termination.signal("SIGTERM");
  await clock.advance(1_000);
  await termination.done;
  assertEquals(target.signals, [
    ["SIGINT", 0],
    ["SIGCONT", 0],
    ["SIGTERM", 60],
    ["SIGCONT", 60],
    ["SIGKILL", 100],
  ]);
  assertEquals([termination.forced, termination.gaveUp], [true, false]);
});

Deno.test("a kill comes at once, but not to a target that is gone", async () => {
  const { clock, target, termination } = setUp({ obeys: ["SIGKILL"] });
  termination.kill();
  termination.kill();
  await clock.advance(1_000);
  await termination.done;
  assertEquals(target.signals, [["SIGKILL", 0]]);
  const gone = setUp({ obeys: ["SIGTERM"] });
  gone.target.kill("SIGTERM");
  await gone.clock.advance(50);
  gone.termination.kill();
  assertEquals([gone.target.signals.length, gone.termination.forced, gone.termination.done], [
    1,
    false,
    undefined,
  ]);
});

for (const [killPatience, givenUpAt] of [[undefined, 1_100], [300, 400]]) {
  Deno.test(`what cannot be killed is given up: patience ${killPatience ?? "by default"}`, async () => {
    const { clock, termination, ended } = setUp({ obeys: [], killPatience });
    termination.signal("SIGTERM");
    const at = ended();
    for (let ms = 0; ms < 1_500; ms += 100) await clock.advance(100);
    assertEquals([await at, termination.forced, termination.gaveUp], [givenUpAt, true, true]);
  });
}

Deno.test("a wait that is abandoned ends at once", async () => {
  const clock = new FakeClock();
  const abandon = new AbortController();
  const target = new FakeTarget(clock, { obeys: [] });
  const termination = new Termination(target, {
    clock,
    gracePeriod: 100,
    abandon: abandon.signal,
  });
  termination.signal("SIGTERM");
  await settle();
  abandon.abort();
  await termination.done;
  assertEquals([termination.forced, termination.gaveUp], [false, true]);
});

Deno.test("a process that turns up late gets the signals, too, and SIGKILL is repeated", async () => {
  const clock = new FakeClock();
  const start = clock.now();
  const sent: string[] = [];
  const found: (() => string[] | undefined)[] = [
    () => ["a"],
    () => undefined,
    () => ["a", "b"],
    () => ["a", "b"],
    () => ["b"],
    () => ["b"],
    () => ["b"],
  ];
  const search = new ProcessSearch({
    find: () => (found.shift() ?? (() => []))(),
    signal: (names, signal) =>
      void sent.push(`${clock.now() - start} ${signal} ${names.join("+")}`),
  });
  const termination = new Termination(search, { clock, gracePeriod: 100 });
  termination.signal("SIGTERM");
  await settle();
  for (let step = 0; step < 10; step++) await clock.advance(25);
  await termination.done;
  assertEquals(sent, [
    "0 SIGTERM a",
    "0 SIGCONT a",
    "50 SIGTERM b",
    "50 SIGCONT b",
    "125 SIGKILL b",
    "150 SIGKILL b",
  ]);
  assertEquals([termination.forced, termination.gaveUp, search.groupIsAlive()], [
    true,
    false,
    false,
  ]);
});

Deno.test("a gap while processes are searched for is not charged to the grace period", async () => {
  const base = new FakeClock();
  const signals: string[] = [];
  const search = Promise.withResolvers<void>();
  const target: Terminable = {
    kill: (signal) => void signals.push(signal),
    groupIsAlive: () => true,
    search: () => search.promise,
  };
  const clock = new SuspendableClock(base);
  const termination = new Termination(target, { clock, gracePeriod: 2_000 });
  termination.signal("SIGTERM");
  await base.jump(60_000);
  search.resolve();
  await base.advance(1_000);
  assertEquals([signals, termination.forced], [["SIGTERM", "SIGCONT"], false]);
  await base.advance(1_500);
  assertEquals([signals.at(-1), termination.forced], ["SIGKILL", true]);
  await base.advance(2_000);
  await termination.done;
});
