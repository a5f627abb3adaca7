import type { WorkerState } from "@lambdawaker/executor";
import { assertEquals } from "@std/assert";
import { byUrgency } from "../../../src/reporters/grid/urgency.ts";
import { RUNNING } from "../../helpers/running_worker.ts";

Deno.test("byUrgency() sorts: failed and retrying, stalled, running, pending, done", () => {
  const at = (index: number, change: Partial<WorkerState>) => ({ ...RUNNING, ...change, index });
  const ended = { endedAt: 1_000_000 };
  const workers = [
    at(0, { ...ended, status: "SUCCESS" }),
    at(1, { attempt: 0, startedAt: undefined, status: "PENDING" }),
    at(2, {}),
    at(3, { signAt: 1_000_000 }),
    at(4, { ...ended, status: "RETRYING", retryAt: 1_090_000 }),
    at(5, { ...ended, status: "CRASHED" }),
    at(6, { signAt: 1_059_000 }),
  ];
  const order = byUrgency(workers, { now: 1_060_000 }).map(({ index }) => index);
  assertEquals(order, [4, 5, 3, 2, 6, 1, 0]);
});
