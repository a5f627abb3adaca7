import { assert } from "@std/assert";
import { beginPiece, endPiece } from "../../src/base/event_loop.ts";

Deno.test("loops that never wait leave turns to timers, and to each other", async () => {
  let turns = 0;
  let isOver = false;
  const timer = setInterval(() => isOver = ++turns === 3, 1);
  const pieces = [0, 0];
  const loop = async (index: number) => {
    while (!isOver && pieces[index]! < 20_000_000) {
      beginPiece();
      pieces[index]!++;
      await endPiece();
    }
  };
  await Promise.all([loop(0), loop(1)]);
  clearInterval(timer);
  assert(isOver, `${turns} turns of the timer`);
  assert(pieces.every((count) => count > 0));
});

Deno.test("a loop that waits by itself is not held up", async () => {
  for (let steps = 0; steps < 20; steps++) {
    beginPiece();
    assert(endPiece() === undefined);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
});
