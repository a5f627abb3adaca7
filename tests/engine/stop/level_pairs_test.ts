// Every pair of requests, in every state that stopping can be in: what level comes of it, and what an attempt is told.
import { assert, assertEquals } from "@std/assert";
import {
  NOT_STOPPED,
  requestStop,
  type StopProgress,
  type StopRequest,
  type StopState,
} from "../../../src/engine/stop/level.ts";
import { type Stoppable, StopSwitch } from "../../../src/engine/stop/switch.ts";

const REQUESTS = {
  INT: { how: "stop", cause: { kind: "signal", signal: "SIGINT" } },
  TERM: { how: "stop", cause: { kind: "signal", signal: "SIGTERM" } },
  HUP: { how: "stop", cause: { kind: "signal", signal: "SIGHUP" } },
  abort: { how: "stop", cause: { kind: "abort" } },
  runTimeout: { how: "stop", cause: { kind: "runTimeout" } },
  "halt drain": { how: "drain", cause: { kind: "halt", failures: 1 } },
  "halt kill": { how: "stop", cause: { kind: "halt", failures: 1 } },
} as const satisfies Record<string, StopRequest>;
type Name = keyof typeof REQUESTS;
const NAMES = Object.keys(REQUESTS) as Name[];

const LEVELS: readonly StopProgress[] = ["none", "drain", "stop", "kill", "exit"];
/** What so many signals come to, whatever else has asked. */
const BY_SIGNALS: readonly StopProgress[] = ["none", "stop", "kill", "exit"];

function isSignal(name: Name): boolean {
  return REQUESTS[name].cause.kind === "signal";
}

function after(names: readonly Name[], from = NOT_STOPPED): StopState {
  return names.reduce<StopState>((state, name) => requestStop(state, REQUESTS[name]), from);
}

/** What must come of these requests, their order disregarded. */
function levelOf(names: readonly Name[]): StopProgress {
  const signals = BY_SIGNALS[Math.min(names.filter(isSignal).length, 3)]!;
  const levels = [signals, ...names.filter((n) => !isSignal(n)).map((n) => REQUESTS[n].how)];
  return LEVELS[Math.max(...levels.map((level) => LEVELS.indexOf(level)))]!;
}

/** A shortest way to every state that there is. */
function reachable(): Map<string, Name[]> {
  const ways = new Map<string, Name[]>([[JSON.stringify(NOT_STOPPED), []]]);
  // A map that grows while one goes through it hands out what was added, too.
  for (const way of ways.values()) {
    for (const name of NAMES) {
      const next = [...way, name];
      const key = JSON.stringify(after(next));
      if (!ways.has(key)) ways.set(key, next);
    }
  }
  return ways;
}

/** Calls back for every state and every pair; an error names both. */
function forEachPair(check: (way: readonly Name[], first: Name, second: Name) => void): void {
  for (const way of reachable().values()) {
    for (const first of NAMES) {
      for (const second of NAMES) {
        try {
          check(way, first, second);
        } catch (cause) {
          throw new Error(`broken after [${way}] by ${first}, ${second}`, { cause });
        }
      }
    }
  }
}

Deno.test("a run can be in six states of stopping, and in no other", () => {
  const states = Array.from(reachable().keys(), (key): StopState => JSON.parse(key));
  assertEquals(states.map(({ level, signals }) => `${level} ${signals}`).toSorted(), [
    "drain 0",
    "exit 3",
    "kill 2",
    "none 0",
    "stop 0",
    "stop 1",
  ]);
});

Deno.test("every pair: the level never goes down", () => {
  forEachPair((way, first, second) => {
    const levels = [after(way), after([...way, first]), after([...way, first, second])]
      .map(({ level }) => LEVELS.indexOf(level));
    assertEquals(levels, levels.toSorted());
  });
});

Deno.test("every pair: the first signal asks, the second kills, the third leaves, whatever came between", () => {
  forEachPair((way, first, second) => {
    const names = [...way, first, second];
    assertEquals(after(names).level, levelOf(names));
  });
});

Deno.test("every pair: what is no signal asks for its own level, and never moves it beyond stop", () => {
  forEachPair((way, first, second) => {
    if (isSignal(second)) return;
    const before = after([...way, first]);
    const { level, signals } = after([second], before);
    assertEquals(signals, before.signals);
    const isRaised = LEVELS.indexOf(before.level) < LEVELS.indexOf(REQUESTS[second].how);
    assertEquals(level, isRaised ? REQUESTS[second].how : before.level);
  });
});

Deno.test("every pair: the order in which two requests come does not matter", () => {
  forEachPair((way, first, second) => {
    assertEquals(after([...way, first, second]), after([...way, second, first]));
  });
});

/** Writes down what it is told. */
class FakeAttempt implements Stoppable {
  readonly told: string[] = [];
  readonly #cleaned = Promise.withResolvers<void>();
  readonly cleaned = this.#cleaned.promise;

  stop(signal: Deno.Signal): void {
    this.told.push(signal);
  }

  kill(): void {
    this.told.push("kill");
  }

  suspend(): void {
    this.told.push("suspend");
  }

  resume(): void {
    this.told.push("resume");
  }

  end(): void {
    this.#cleaned.resolve();
  }
}

/** What an attempt is told that is watched once `before` was asked for, and while `then` is. */
function toldOf(before: readonly Name[], then: readonly Name[]): string[] {
  const told: string[] = [];
  for (let count = 0; count <= then.length; count++) {
    const names = [...before, ...then.slice(0, count)];
    const level = levelOf(names);
    const isRaised = count > 0 && level !== levelOf(names.slice(0, -1));
    // The first look is that of the watch itself.
    const isNews = count === 0 || isRaised || isSignal(names.at(-1)!);
    if (level === "none" || level === "drain" || !isNews) continue;
    const last = names.findLast(isSignal);
    told.push(level === "stop" ? (last === undefined ? "SIGTERM" : `SIG${last}`) : "kill");
  }
  return told;
}

Deno.test("every pair: what each attempt is told, also one that is watched only later", async () => {
  const attempts: FakeAttempt[] = [];
  const watched: Promise<void>[] = [];
  forEachPair((way, first, second) => {
    const stop = new StopSwitch();
    const watch = () => {
      const attempt = new FakeAttempt();
      attempts.push(attempt);
      watched.push(stop.watch(attempt));
      return attempt;
    };
    for (const name of way) stop.request(REQUESTS[name]);
    const early = watch();
    stop.request(REQUESTS[first]);
    const between = watch();
    stop.request(REQUESTS[second]);
    const late = watch();
    assertEquals(early.told, toldOf(way, [first, second]));
    assertEquals(between.told, toldOf([...way, first], [second]));
    assertEquals(late.told, toldOf([...way, first, second], []));
  });
  for (const attempt of attempts) attempt.end();
  await Promise.all(watched);
});

Deno.test("every pair: what the switch says of itself", () => {
  forEachPair((way, first, second) => {
    const stop = new StopSwitch();
    const names = [...way, first, second];
    for (const [index, name] of names.entries()) {
      const before = levelOf(names.slice(0, index));
      const level = levelOf(names.slice(0, index + 1));
      assertEquals(stop.request(REQUESTS[name]), level !== before);
      assertEquals(stop.level, level);
      const { draining, stopping, killing } = stop;
      assertEquals(
        [draining, stopping, killing].map(({ aborted }) => aborted),
        ["drain", "stop", "kill"].map((at) =>
          LEVELS.indexOf(level) >= LEVELS.indexOf(at as StopProgress)
        ),
      );
    }
  });
});

Deno.test("every pair: an attempt of which nothing is left is told nothing more", async () => {
  const pairs: [Name, Name][] = NAMES.flatMap((a) => NAMES.map((b): [Name, Name] => [a, b]));
  for (const [first, second] of pairs) {
    const stop = new StopSwitch();
    const [gone, there] = [new FakeAttempt(), new FakeAttempt()];
    const watched = [stop.watch(gone), stop.watch(there)];
    stop.request(REQUESTS[first]);
    gone.end();
    await watched[0];
    stop.request(REQUESTS[second]);
    assertEquals(gone.told, toldOf([], [first]), `${first}, ${second}`);
    assertEquals(there.told, toldOf([], [first, second]), `${first}, ${second}`);
    let isCleaned = false;
    const cleaned = stop.cleaned().then(() => isCleaned = true);
    await Promise.resolve();
    assert(!isCleaned);
    there.end();
    await Promise.all([cleaned, ...watched]);
  }
});
