import { assert, assertEquals } from "@std/assert";
import {
  COLUMNS,
  orderAttempts,
  type TableOrder,
} from "../../../../src/report/page/client/sorting.ts";
import { ATTEMPT_STATUSES } from "../../../../src/report/history/attempt_status.ts";
import type { AttemptRecord } from "../../../../src/report/history/history.ts";
import { longRun } from "../../made_up.ts";

Deno.test("rows are sorted, and equal ones keep the order in which they began", () => {
  const history = longRun(200, 3).history();
  const order = (options: Partial<TableOrder>) =>
    orderAttempts(history, { key: "start", isDescending: false, filter: "all", ...options });
  assertEquals(order({}), history.attempts.map((_, index) => index));
  const times = order({ key: "time", isDescending: true })
    .map((index) => history.attempts[index]!)
    .map(({ startedAt, endedAt }) => endedAt! - startedAt);
  assertEquals(times, times.toSorted((a, b) => b - a));
  const workers = order({ key: "worker" });
  for (let index = 1; index < workers.length; index++) {
    const [a, b] = [workers[index - 1]!, workers[index]!];
    const [before, after] = [history.attempts[a]!.worker, history.attempts[b]!.worker];
    assert(before < after || (before === after && a < b));
  }
  assertEquals(order({ filter: "bad" }).length, 10);
  assertEquals(order({ filter: "open" }).length, 0);
});

Deno.test("each column has a text and a value to sort by, also of an attempt that has not ended", () => {
  const attempt: AttemptRecord = {
    session: 0,
    worker: 3,
    node: "n1",
    range: 7,
    attempt: 2,
    startIndex: 1000,
    endIndex: 3000,
    startedAt: 500,
    status: "RUNNING",
    progress: 1500,
    item: "a.png …",
  };
  const cells = COLUMNS.map(({ key, text, sortValue }) => [
    key,
    text(attempt, 1_500),
    sortValue(attempt, 1_500),
  ]);
  assertEquals(cells, [
    ["worker", "3 @n1", 3],
    ["items", "1000–2999: a.png …", 1000],
    ["attempt", "2", 2],
    ["status", "RUNNING", ATTEMPT_STATUSES.indexOf("RUNNING")],
    ["start", "0.50 s", 500],
    ["time", "1.00 s", 1000],
    ["progress", "1,500 / 2,000", 0.75],
    ["cpu", "", -1],
    ["memory", "", -1],
    ["cause", "", ""],
  ]);
});

Deno.test("CPU time and memory are shown and sorted, if they are known", () => {
  const attempt: AttemptRecord = {
    ...{ session: 0, worker: 0, range: 7, attempt: 1, startIndex: 7, endIndex: 8, startedAt: 0 },
    ...{ status: "SUCCESS", progress: 1, cpuMs: 1_500, peakRss: 2 ** 31 },
  };
  const cells = COLUMNS.filter(({ key }) => key === "cpu" || key === "memory")
    .map(({ text, sortValue }) => [text(attempt, 0), sortValue(attempt, 0)]);
  assertEquals(cells, [["1.50 s", 1_500], ["2.0 GB", 2 ** 31]]);
});

Deno.test("an attempt that ended well has done all of its items, whatever it reported", () => {
  const { text, sortValue } = COLUMNS.find(({ key }) => key === "progress")!;
  const attempt: AttemptRecord = {
    ...{ session: 0, worker: 0, range: 7, attempt: 1, startIndex: 7, endIndex: 8, startedAt: 0 },
    ...{ status: "SUCCESS", progress: 0 },
  };
  assertEquals([text(attempt, 9), sortValue(attempt, 9)], ["1 / 1", 1]);
  assertEquals(text({ ...attempt, status: "FINISHED" }, 9), "1 / 1");
  assertEquals(text({ ...attempt, status: "FAILED" }, 9), "0 / 1");
  assertEquals(text({ ...attempt, status: "RUNNING" }, 9), "0 / 1");
});
