import { assertEquals, assertMatch } from "@std/assert";
import { PatternHint } from "../../../src/output/protocol/pattern_hint.ts";

const BARS = [0, 1, 2, 3].map((n) => `${n}0%|██        | ${n}/10 [00:01<00:01,  4.98it/s]`);

function setUp() {
  const given: string[] = [];
  const hint = new PatternHint((text) => given.push(text));
  const watch = () => {
    const watch = hint.forAttempt()!;
    return {
      watch,
      show: (lines: string[], now = 0) => lines.map((line) => watch.look(line, "stderr", now)),
    };
  };
  return { given, hint, watch };
}

Deno.test("a hint names the pattern when the attempt is over", () => {
  const { given, watch } = setUp();
  const { watch: attempt, show } = watch();
  show(BARS);
  assertEquals(given, []);
  attempt.close();
  assertEquals(given.length, 1);
  assertMatch(given[0]!, /--progress-pattern tqdm/);
});

Deno.test("a hint comes after ten seconds if the attempt goes on", () => {
  const { given, watch } = setUp();
  const { show } = watch();
  show(BARS, 1_000);
  assertEquals([show(BARS, 10_999).at(-1), given.length], [true, 0]);
  assertEquals([show(BARS.slice(0, 1), 11_000), given.length], [[false], 1]);
});

Deno.test("a hint is given once in a run", () => {
  const { given, watch, hint } = setUp();
  const attempts = [watch(), watch()];
  for (const { show } of attempts) show(BARS);
  for (const { watch } of attempts) watch.close();
  assertEquals([given.length, hint.forAttempt()], [1, undefined]);
});

Deno.test("no hint is given to workers that print signals", () => {
  const { given, watch, hint } = setUp();
  const [one, other] = [watch(), watch()];
  one.show(BARS);
  other.watch.signal();
  one.watch.close();
  assertEquals([given, hint.forAttempt()], [[], undefined]);
});

Deno.test("400 lines of a run are looked at", () => {
  const { given, watch, hint } = setUp();
  const { watch: attempt, show } = watch();
  assertEquals(show(Array(400).fill("text 1")).every((wantsMore) => wantsMore), true);
  assertEquals(show(["text"]), [false]);
  show(BARS);
  attempt.close();
  assertEquals([given, hint.forAttempt()], [[], undefined]);
});

Deno.test("lines of several workers do not add up to a display", () => {
  const { given, watch } = setUp();
  for (const bar of BARS) {
    const { watch: attempt, show } = watch();
    show([bar]);
    attempt.close();
  }
  assertEquals(given, []);
});
