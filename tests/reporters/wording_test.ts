import type { Cause } from "@lambdawaker/executor";
import { assertEquals } from "@std/assert";
import { causeText } from "../../src/reporters/wording.ts";

const TEXTS: [cause: Cause, text: string][] = [
  [{ kind: "exit", code: 3 }, "exit code 3"],
  [{ kind: "signal", signal: "SIGSEGV" }, "signal SIGSEGV"],
  [{ kind: "timeout" }, "timeout"],
  [{ kind: "stall" }, "stalled"],
  [{ kind: "slow" }, "slow"],
  [{ kind: "reported", status: "FAILED" }, "reported FAILED"],
  [{ kind: "reported" }, "reported by the worker"],
  [{ kind: "incomplete", done: 9, total: 10 }, "incomplete"],
  [{ kind: "launch", message: "command not found: x" }, "command not found: x"],
  [{ kind: "lost", message: "no word from n2", node: "n2" }, "lost: no word from n2"],
  [{ kind: "output-lost" }, "output lost"],
  [{ kind: "output-lost", message: "disk full" }, "output lost: disk full"],
  [{ kind: "out-of-memory" }, "out of memory"],
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
