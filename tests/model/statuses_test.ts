// What is derived from the table of statuses.
import { TaskStatus } from "@lambdawaker/executor";
import { assert, assertEquals } from "@std/assert";
import {
  countDone,
  countFailed,
  countsOf,
  DONE_STATUSES,
  FAILED_STATUSES,
  isDone,
  isFailed,
  isTerminal,
  STATUSES,
  TERMINAL_STATUSES,
  TONES,
} from "../../src/model/statuses.ts";
import { statusStyle } from "../../src/reporters/wording.ts";
import { encodeRow, span } from "../../src/terminal/style.ts";

Deno.test("each status is open, done or failed, and has a tone", () => {
  for (const status of Object.values(TaskStatus)) {
    const kinds = [isDone(status), isFailed(status), !isTerminal(status)];
    assertEquals(kinds.filter(Boolean).length, 1, status);
    assert(TONES.includes(STATUSES[status].tone));
  }
  assertEquals(DONE_STATUSES, ["SUCCESS", "FINISHED"]);
  assertEquals(FAILED_STATUSES, ["FAILED", "CRASHED"]);
});

Deno.test("counts add up by what a status means", () => {
  const counts = countsOf(TERMINAL_STATUSES, (status) => isDone(status) ? 10 : 1);
  assertEquals(countDone(counts), 10 * DONE_STATUSES.length);
  assertEquals(countFailed(counts), FAILED_STATUSES.length);
});

Deno.test("no status is written in blue, which cannot be read on black", () => {
  for (const status of Object.values(TaskStatus)) {
    const text = encodeRow([span(status, statusStyle(status))], true);
    assert(!text.includes("\x1b[34m") && !text.includes("\x1b[94m"), text);
  }
});
