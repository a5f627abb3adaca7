import { assert, assertEquals } from "@std/assert";
import { orderAttempts, type TableOrder } from "../../../../src/report/page/client/sorting.ts";
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
