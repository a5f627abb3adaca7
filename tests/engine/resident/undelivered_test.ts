// Ranges that a resident worker was sent, and did not get, as it had closed its stdin or ended: another process takes them.
import { assertEquals, assertStringIncludes } from "@std/assert";
import { causeText } from "../../../src/reporters/wording.ts";
import { pidsOf, runResident } from "../../helpers/run_resident.ts";
import { type JobResult, ofKind } from "../../helpers/run_job.ts";

/** Returns the ranges with the number of attempts at each that have ended. */
function attemptsOf(result: JobResult): number[] {
  const ended = ofKind(result, "attempt-ended");
  const ranges = new Set(ended.map(({ range }) => range));
  return Array.from(ranges, (range) => ended.filter((event) => event.range === range).length);
}

Deno.test("a worker that closes its stdin and stays is ended, and its next range is run elsewhere", async () => {
  const result = await runResident("echo PROGRESS: 1; exec <&-; answer SUCCESS; sleep 60", {
    gracePeriod: 500,
  });
  assertEquals([result.summary.counts.SUCCESS, attemptsOf(result)], [3, [1, 1, 1]]);
  assertEquals(pidsOf(result.events).length, 3);
  assertStringIncludes(result.summary.warnings[0]!, "2 resident workers closed stdin and did not");
});

Deno.test("a worker that closes its stdin is charged nothing for the ranges that it was to be sent ahead", async () => {
  const result = await runResident("exec <&-; answer SUCCESS; sleep 60", {
    totalItems: 12,
    numWorkers: 2,
    gracePeriod: 500,
  });
  assertEquals(result.summary.failures.map(({ cause }) => causeText(cause)), []);
  assertEquals(attemptsOf(result), Array(6).fill(1));
});

Deno.test("a limit of time does not count for a range that a worker did not get, as it has closed its stdin", async () => {
  const result = await runResident("echo PROGRESS: 1; exec <&-; answer SUCCESS; sleep 60", {
    gracePeriod: 500,
    timeout: 1_500,
  });
  assertEquals([result.summary.counts.SUCCESS, attemptsOf(result)], [3, [1, 1, 1]]);
});

Deno.test("a batch that a worker does not get, as it has closed its stdin, is run elsewhere", async () => {
  // An item is more than a pipe takes.
  const items = Array.from({ length: 12 }, (_, item) => `${item}-${"x".repeat(100_000)}`);
  const script = "[ $start != 5 ] || { exec <&-; answer SUCCESS; sleep 60; }";
  const result = await runResident(script, { items, gracePeriod: 500 });
  assertEquals(result.summary.failures.map(({ cause }) => causeText(cause)), []);
  assertEquals([result.summary.counts.SUCCESS, attemptsOf(result)], [12, Array(12).fill(1)]);
  assertEquals(pidsOf(result.events).length, 2);
});

Deno.test("a range whose order was not read, as the worker ended, is not charged for that", async () => {
  // A child of the worker keeps its stdin open: the write neither ends nor fails.
  const items = ["a", "x".repeat(200_000), "c"];
  const script = '[ "$items" != "a\n" ] || { sleep 60 <&0 & answer SUCCESS; exit 3; }';
  const result = await runResident(script, { items, startDelay: 1, gracePeriod: 500 });
  assertEquals([result.summary.counts.SUCCESS, attemptsOf(result)], [3, [1, 1, 1]]);
  assertEquals(pidsOf(result.events).length, 2);
});

Deno.test("a worker that closes its stdin before it has done anything has failed", async () => {
  const result = await runResident("echo PROGRESS: 1; exec <&-; sleep 60", {
    totalItems: 2,
    timeout: 400,
    gracePeriod: 500,
  });
  assertEquals(result.summary.failures.map(({ cause }) => cause), [{ kind: "timeout" }]);
});
