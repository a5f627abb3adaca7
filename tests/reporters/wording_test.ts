import type { Cause } from "@lambdawaker/executor";
import { assertEquals } from "@std/assert";
import { causeText, formatRate, formatTime, nameItems } from "../../src/reporters/wording.ts";

const TEXTS: [cause: Cause, text: string][] = [
  [{ kind: "exit", code: 3 }, "exit code 3"],
  [{ kind: "exit", code: 0 }, "exit code 0 before its answer"],
  [{ kind: "signal", signal: "SIGSEGV" }, "signal SIGSEGV"],
  [{ kind: "timeout" }, "timeout"],
  [{ kind: "stall" }, "stalled"],
  [{ kind: "slow" }, "slow"],
  [{ kind: "reported", status: "FAILED" }, "reported FAILED"],
  [{ kind: "reported" }, "reported by the worker"],
  [{ kind: "incomplete", done: 9, total: 10 }, "incomplete: it reported 9 of 10 items"],
  [{ kind: "file-missing", path: "out/a" }, "ended well, but its file out/a is not there"],
  [
    { kind: "file-missing", path: "out/a", isOld: true },
    "ended well, but its file out/a is older than the item",
  ],
  [{ kind: "launch", message: "command not found: x" }, "command not found: x"],
  [{ kind: "lost", message: "no word from n2", node: "n2" }, "lost: no word from n2"],
  [{ kind: "output-lost" }, "output lost"],
  [{ kind: "output-lost", message: "disk full" }, "output lost: disk full"],
  [{ kind: "out-of-memory" }, "out of memory"],
  [
    { kind: "out-of-memory", by: "limit", limit: 4 * 2 ** 30 },
    "out of memory: its limit is 4.0 GB",
  ],
  [{ kind: "out-of-memory", by: "kernel" }, "killed by the kernel for want of memory"],
  [
    { kind: "out-of-memory", by: "kernel", isLikely: true },
    "probably killed by the kernel for want of memory",
  ],
  [{ kind: "command", message: "no plan" }, "no plan"],
  [{ kind: "fault", message: "no idea" }, "no idea"],
  [{ kind: "cancelled" }, "cancelled"],
  [{ kind: "stopped" }, "stopped"],
  // A kind that a later version added, from its journal.
  [{ kind: "melted" } as unknown as Cause, "melted"],
];

for (const [cause, text] of TEXTS) {
  Deno.test(`causeText() of ${JSON.stringify(cause)}`, () => assertEquals(causeText(cause), text));
}

Deno.test("nameItems() names an item by its number and its text, and several by their first", () => {
  assertEquals(nameItems({ startIndex: 7, endIndex: 8 }), "item 7");
  assertEquals(nameItems({ startIndex: 7, endIndex: 8, items: ["a.png"] }), "item 7 (a.png)");
  assertEquals(nameItems({ startIndex: 0, endIndex: 250 }), "items 0–249");
  assertEquals(
    nameItems({ startIndex: 4, endIndex: 6, items: ["a.png", "b.png"] }),
    "items 4–5 (a.png …)",
  );
});

Deno.test("formatTime() shows short times in seconds", () => {
  const texts = [0, 349, 9_949, 9_950, 12_700, 59_999, 60_000, 3_723_000].map(formatTime);
  assertEquals(texts, ["0.0 s", "0.3 s", "9.9 s", "9 s", "12 s", "59 s", "1:00", "1:02:03"]);
});

Deno.test("formatRate() shows slow rates per minute or hour", () => {
  const texts = [1234.5, 12.34, 0.5, 0.1, 0.04, 0.001].map((rate) => formatRate(rate));
  assertEquals(texts, ["1235/s", "12.3/s", "0.5/s", "0.1/s", "2.4/min", "3.6/h"]);
  assertEquals(formatRate(12.34, "items"), "12.3 items/s");
});
