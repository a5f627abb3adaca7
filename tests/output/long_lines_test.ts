// What is kept of a worker's output while it runs: few lines, and not more of them than their length allows.
import { assert, assertEquals } from "@std/assert";
import { INITIAL_STATE, reduce } from "@lambdawaker/executor/events";
import { ofKind, runScript } from "../helpers/run_job.ts";

const LENGTH = 60_000;
/** The characters of a few such lines. */
const MOST = 5 * LENGTH;

function lengthOf(lines: readonly string[]): number {
  return lines.reduce((sum, { length }) => sum + length, 0);
}

Deno.test("of long lines, a worker keeps the last few, and so does an event", async () => {
  const script = `line=$(head -c ${LENGTH - 4} /dev/zero | tr '\\0' x)
    for i in $(seq 1000 1250); do echo "$i$line"; done; echo end`;
  const result = await runScript(script);
  assert(result.summary.ok);
  const events = ofKind(result, "log");
  for (const { lines } of events) assert(lengthOf(lines) <= MOST, `${lengthOf(lines)} in an event`);
  const all = events.flatMap(({ lines }) => lines);
  assertEquals(all.length, 252, "no line is lost on its way");
  let most = 0;
  result.events.reduce((before, event) => {
    const state = reduce(before, event);
    for (const { log } of state.workers) most = Math.max(most, lengthOf(log));
    return state;
  }, INITIAL_STATE);
  assert(LENGTH < most && most <= MOST, `${most} in the state`);
  const { log } = result.state.workers[0]!;
  assertEquals(log, all.slice(-log.length));
  assert(log.length > 3, `${log.length}`);
});
