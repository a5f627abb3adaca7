// Journals whose ranges of another chunk size do not follow from the events before are refused.
import { JournalError } from "@lambdawaker/executor/journal";
import type { RunEvent } from "@lambdawaker/executor";
import { assertThrows } from "@std/assert";
import { Recovery } from "../../src/journal/recovery.ts";

const HEAD = { v: 2, t: 1 } as const;
const started = (change: object = {}): RunEvent => ({
  ...HEAD,
  kind: "run-started",
  runId: crypto.randomUUID(),
  ...{ totalItems: 10, ranges: 2, numWorkers: 1, maxRetries: 0, retryFrom: "start" },
  ...change,
});
const ended = (range: number, status: "SUCCESS" | "FAILED"): RunEvent => ({
  ...HEAD,
  kind: "range-ended",
  ...{ worker: 0, range, attempt: 1, status },
  ...{ startIndex: 5 * range, endIndex: 5 * range + 5 },
  nextIndex: status === "SUCCESS" ? 5 * range + 5 : 5 * range,
});

Deno.test("a split that does not follow from the events before is refused", () => {
  const take = (...events: RunEvent[]) => {
    const recovery = new Recovery();
    for (const event of events) recovery.take(event);
  };
  const again = (change: object, stretches: [number, number][], firstRange = 2) =>
    started({
      ...{ chunkSize: 5, ranges: 2, ...change },
      resplit: {
        firstRange,
        stretches: stretches.map(([startIndex, endIndex]) => ({ startIndex, endIndex })),
      },
    });
  const before = [started(), ended(0, "SUCCESS"), ended(1, "FAILED")];
  take(...before, again({}, [[5, 10]]));
  take(...before, again({ chunkSize: 2, ranges: 4 }, [[5, 10]]));
  const wrong: [RunEvent, string][] = [
    [again({}, [[5, 10]], 1), "in a way that cannot be"],
    [again({ chunkSize: undefined }, [[5, 10]]), "in a way that cannot be"],
    [again({}, [[5, 11]]), "in a way that cannot be"],
    [again({ ranges: 3 }, [[7, 10], [5, 7]]), "in a way that cannot be"],
    [again({}, [[5, 5]]), "in a way that cannot be"],
    [again({}, [[6, 10]]), "not those that are not done"],
    [again({ ranges: 3 }, [[0, 10]]), "not those that are not done"],
    [again({ ranges: 1 }, []), "not those that are not done"],
    [again({ ranges: 3 }, [[5, 10]]), "a wrong number of ranges: 3"],
    [started({ chunkSize: 2, ranges: 5 }), "a wrong number of ranges: 5"],
  ];
  for (const [event, words] of wrong) {
    assertThrows(() => take(...before, event), JournalError, words);
  }
  assertThrows(() => take(again({}, [[0, 10]])), JournalError, "in a way that cannot be");
  assertThrows(
    () => take(...before, again({}, [[5, 10]]), ended(1, "SUCCESS")),
    JournalError,
    "has an event of range 1, whose items were split anew",
  );
});
