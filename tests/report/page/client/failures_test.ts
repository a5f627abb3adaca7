import { assertEquals } from "@std/assert";
import { rangesText, splitFailures } from "../../../../src/report/page/client/failures.ts";
import { MadeUp } from "../../made_up.ts";

Deno.test("failures are split by whether their range was tried again", () => {
  const history = new MadeUp()
    .run(0, { ranges: 3, numWorkers: 1 })
    .start(0, [0, 0, 1]).end(1, [0, 0, 1], { cause: { kind: "exit", code: 1 }, again: true })
    .start(2, [0, 0, 2]).end(3, [0, 0, 2], { cause: { kind: "exit", code: 1 } })
    .start(4, [0, 1, 1]).end(5, [0, 1, 1], { cause: { kind: "exit", code: 1 } })
    .start(6, [0, 2, 1]).end(7, [0, 2, 1], { cause: { kind: "exit", code: 1 }, again: true })
    .start(8, [0, 2, 2]).end(9, [0, 2, 2])
    .history();
  const { final, retried } = splitFailures(history);
  const texts = (failures: typeof final) =>
    failures.map(({ attempts }) => rangesText(attempts, history));
  assertEquals(texts(final), ["items 0–9, 10–19 (2 ranges), attempts 1, 2"]);
  assertEquals(texts(retried), ["items 0–9, 20–29 (2 ranges), attempt 1"]);
});

Deno.test("a range that a later run finished is not a failure any more", () => {
  const run = new MadeUp()
    .run(0, { ranges: 1, numWorkers: 1 })
    .start(0, [0, 0, 1]).end(1, [0, 0, 1], { cause: { kind: "exit", code: 1 } })
    .at(2, { kind: "run-ended" });
  assertEquals(splitFailures(run.history()).final.length, 1);
  run.run(10, { ranges: 1, numWorkers: 1 }).start(11, [0, 0, 2]).end(12, [0, 0, 2]);
  const { final, retried } = splitFailures(run.history());
  assertEquals([final.length, retried.length], [0, 1]);
});
