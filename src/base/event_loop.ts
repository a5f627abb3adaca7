/**
 * Turns of the event loop for others, while work goes on that never has to wait.
 *
 * @module
 */

/** For how long such work may keep the event loop, in milliseconds. */
const MAX_BUSY_MS = 50;
/** If more time than this is between two pieces, the second one had to wait, and others have had their turn. */
const WAITED_MS = 1;

let busySince = 0;
let endedAt = 0;
let turn: Promise<void> | undefined;

/** Notes that a piece of work begins. */
export function beginPiece(): void {
  const now = performance.now();
  if (now - endedAt > WAITED_MS) busySince = now;
}

/**
 * Notes that a piece of work has ended. If pieces have followed each other for long, returns a promise that resolves when
 * timers and signals have had their turn, and that must be awaited before the next one. A loop whose promises are all
 * resolved already leaves them none.
 */
export function endPiece(): Promise<void> | undefined {
  endedAt = performance.now();
  if (endedAt - busySince <= MAX_BUSY_MS) return undefined;
  return turn ??= new Promise((resolve) => {
    // A timer would wait for two milliseconds. (Row flood of bench/.)
    setImmediate(() => {
      turn = undefined;
      busySince = endedAt = performance.now();
      resolve();
    });
  });
}
