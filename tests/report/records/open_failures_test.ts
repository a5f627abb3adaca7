import { assert, assertEquals } from "@std/assert";
import { threadMs } from "../../helpers/thread_time.ts";
import { OpenFailures } from "../../../src/report/records/open_failures.ts";

const numbers = (startIndex: number, endIndex: number) => ({ startIndex, endIndex });
const done = (...ids: string[]) => ids.map((id) => ({ id, isDone: true }));
const again = (...ids: string[]) => ids.map((id) => ({ id, isDone: false }));
const strings = (startIndex: number, ...items: string[]) => ({
  startIndex,
  endIndex: startIndex + items.length,
  items,
});

Deno.test("a failure is open until a later run ends its range", () => {
  const open = new OpenFailures<string>();
  open.beginRun();
  assertEquals(open.end(numbers(0, 10), "a"), []);
  assertEquals(open.end(numbers(10, 20)), []);
  open.beginRun();
  assertEquals(open.end(numbers(0, 10)), done("a"));
  assertEquals(open.numbers, []);
});

Deno.test("a range that fails again is open once, as the failure of the later run", () => {
  const open = new OpenFailures<string>();
  open.beginRun();
  open.end(numbers(0, 10), "first");
  open.beginRun();
  assertEquals(open.end(numbers(0, 10), "second"), again("first"));
  assertEquals(open.numbers.map(({ startIndex, endIndex }) => [startIndex, endIndex]), [[0, 10]]);
  open.beginRun();
  assertEquals(open.end(numbers(0, 10)), done("second", "first"));
});

Deno.test("a failure is done when all later failures that have items of it are", () => {
  const open = new OpenFailures<string>();
  open.beginRun();
  open.end(numbers(0, 10), "first");
  open.beginRun();
  assertEquals(open.end({ ...numbers(0, 5), nextIndex: 2 }, "left"), []);
  assertEquals(open.end(numbers(5, 10), "right"), again("first"));
  open.beginRun();
  assertEquals(open.end(numbers(5, 10)), done("right"));
  assertEquals(open.end(numbers(2, 4)), []);
  assertEquals(open.end(numbers(4, 5)), done("left", "first"));
});

Deno.test("a failure whose range was split differently is open with what is left of it", () => {
  const open = new OpenFailures<string>();
  open.beginRun();
  open.end(numbers(0, 10), "a");
  open.end(numbers(20, 30), "b");
  open.beginRun();
  assertEquals(open.end(numbers(4, 6)), []);
  assertEquals(open.end(numbers(8, 22)), []);
  assertEquals(open.numbers.map(({ startIndex, endIndex }) => [startIndex, endIndex]), [
    [0, 4],
    [6, 8],
    [22, 30],
  ]);
  assertEquals(open.end(numbers(0, 8)), done("a"));
  assertEquals(open.end(numbers(22, 30)), done("b"));
});

Deno.test("strings are matched by their text, each as often as it failed", () => {
  const open = new OpenFailures<string>();
  open.beginRun();
  open.end(strings(0, "x", "y"), "a");
  open.end(strings(5, "x"), "b");
  // The same text in the same run is another item.
  assertEquals(open.end(strings(7, "x")), []);
  open.beginRun();
  assertEquals(Array.from(open.strings()), ["x", "y", "x"]);
  assertEquals(open.end(strings(0, "x")), []);
  assertEquals(Array.from(open.strings()), ["y", "x"]);
  assertEquals(open.end(strings(1, "y")), done("a"));
  assertEquals(open.end(strings(2, "x"), "c"), again("b"));
  assertEquals(Array.from(open.strings()), ["x"]);
  open.beginRun();
  assertEquals(open.end(strings(0, "x")), done("c", "b"));
});

/** Ways to fail and to be settled, each for a number of ranges. */
const MANY: [what: string, run: (count: number) => number][] = [
  ["ranges that failed one by one, settled backwards", (count) => {
    const open = new OpenFailures<number>();
    open.beginRun();
    for (let index = 0; index < count; index++) open.end(numbers(index, index + 1), index);
    open.beginRun();
    for (let index = count - 1; index >= 0; index -= 2) open.end(numbers(index, index + 1));
    return open.numbers.length;
  }],
  ["one range that failed, settled item by item", (count) => {
    const open = new OpenFailures<string>();
    open.beginRun();
    open.end(numbers(0, count), "all");
    open.beginRun();
    for (let index = 0; index < count; index += 2) open.end(numbers(index, index + 1));
    return open.numbers.length;
  }],
  ["items that are all alike, and fail twice", (count) => {
    const open = new OpenFailures<number>();
    for (const run of [0, 1]) {
      open.beginRun();
      for (let at = 0; at < count; at++) open.end(strings(at, "x"), run * count + at);
    }
    return Array.from(open.strings()).length / 2;
  }],
];

for (const [what, run] of MANY) {
  Deno.test(`sixteen times as many failures take about sixteen times as long: ${what}`, () => {
    const timeOf = (times: number, count: number) => {
      const start = threadMs();
      for (let time = 0; time < times; time++) assertEquals(run(count), count / 2);
      return threadMs() - start;
    };
    timeOf(16, 5_000);
    // It would be about sixteen times that if each failure looked at all others. The best of some looks has the least of the
    // garbage collector.
    const looks = Array.from(
      { length: 5 },
      () => [timeOf(16, 5_000), timeOf(1, 80_000)] as const,
    );
    const ratio = Math.min(...looks.map(([, many]) => many)) /
      Math.min(...looks.map(([few]) => few));
    assert(ratio < 6, `${16 * ratio} times as long`);
  });
}

Deno.test("what was safely done before a failure is not open", () => {
  const open = new OpenFailures<string>();
  open.beginRun();
  open.end({ ...numbers(0, 10), nextIndex: 4 }, "a");
  open.end({ ...strings(10, "w", "x", "y"), nextIndex: 11 }, "b");
  // A failure after the last item is one of the whole range.
  open.end({ ...numbers(20, 30), nextIndex: 30 }, "c");
  open.beginRun();
  assertEquals(open.numbers.map(({ startIndex, endIndex }) => [startIndex, endIndex]), [
    [4, 10],
    [20, 30],
  ]);
  assertEquals(Array.from(open.strings()), ["x", "y"]);
  assertEquals(open.end(numbers(4, 10)), done("a"));
  assertEquals(open.end(strings(0, "x", "y")), done("b"));
  assertEquals(open.end(numbers(20, 30)), done("c"));
});
