import { assert, assertEquals } from "@std/assert";
import { ChildTime } from "../../../src/launchers/local/child_time.ts";

/** Follows workers that have ended, with a sum of the kernel that a test sets. */
function follow({ processors = 4, before = 1_000 } = {}) {
  let sum = before;
  const time = new ChildTime(() => sum, { processors });
  time.begin();
  const settled: Record<string, number> = {};
  return {
    time,
    settled,
    reap: (ticks: number) => sum += ticks,
    end: (name: string, seen: number, { unseenMs = 100, pace = 1 } = {}) =>
      time.end({ seen, unseenMs, pace, settle: (ticks) => settled[name] = ticks }),
  };
}

Deno.test("the time of one worker is exact, whatever was seen of it", () => {
  const { time, settled, reap, end } = follow();
  reap(37);
  end("a", 20);
  time.settle();
  reap(5);
  end("b", 0);
  time.settle();
  assertEquals(settled, { a: 37, b: 5 });
});

Deno.test("what several used after they were seen is shared out by their pace", () => {
  const { time, settled, reap, end } = follow();
  reap(100 + 30 + 5 + 15);
  end("a", 100, { pace: 0.5 });
  end("b", 30, { pace: 1.5 });
  time.settle();
  assertEquals(settled, { a: 105, b: 45 });
});

Deno.test("a worker gets no more than it can have used since it was seen", () => {
  const { time, settled, reap, end } = follow({ processors: 2 });
  // Another program was waited for in the meantime.
  reap(5_000);
  end("a", 10, { unseenMs: 50 });
  time.settle();
  assertEquals(settled, { a: 10 + 11 });
});

Deno.test("what short workers used goes to no other one, nor does what was before the last two looks", () => {
  const { time, settled, reap, end } = follow();
  reap(400);
  time.look();
  reap(3);
  time.look();
  reap(6);
  time.endShort(100);
  end("a", 0, { unseenMs: 100 });
  time.settle();
  assert(settled.a! >= 3 && settled.a! <= 6, `${settled.a}`);
});

Deno.test("a worker whose children were left to others is charged what it would have used", () => {
  const { time, settled, reap, end } = follow();
  reap(3);
  end("a", 40, { unseenMs: 100, pace: 2 });
  time.settle();
  assertEquals(settled, { a: 60 });
});

Deno.test("what was reaped while no worker ran goes to none of those that follow", () => {
  const { time, settled, reap, end } = follow();
  reap(10);
  end("a", 10);
  time.settle();
  reap(500);
  time.begin();
  reap(20);
  end("b", 15);
  time.settle();
  assertEquals(settled, { a: 10, b: 20 });
});

Deno.test("nothing is lost if the sum cannot be read", () => {
  const settled: number[] = [];
  const time = new ChildTime(() => undefined);
  time.begin();
  time.look();
  time.end({ seen: 7, unseenMs: 0, pace: 1, settle: (ticks) => settled.push(ticks) });
  time.settle();
  time.settle();
  assertEquals(settled, [7]);
});
