// The log of jobs: the exit value and the signal of each way to end.
import type { Cause } from "@lambdawaker/executor";
import { assertEquals } from "@std/assert";
import { formatJob, type JoblogEntry } from "../../src/reporters/joblog.ts";

const ENDS: [what: string, end: Pick<JoblogEntry, "status" | "cause">, columns: string[]][] = [
  ["a range that is done", { status: "SUCCESS" }, ["0", "0"]],
  ["an exit code", failed({ kind: "exit", code: 3 }), ["3", "0"]],
  ["a resident worker that exits before its answer", failed({ kind: "exit", code: 0 }), ["1", "0"]],
  ["a signal", failed({ kind: "signal", signal: "SIGSEGV" }), ["0", "11"]],
  ["a signal without a known number", failed({ kind: "signal", signal: "SIGX" }), ["1", "0"]],
  ["a time-out", failed({ kind: "timeout" }), ["-1", "15"]],
  ["a lost worker", failed({ kind: "lost", message: "no word" }), ["255", "0"]],
  ["a range that reported its failure", failed({ kind: "reported", status: "FAILED" }), ["1", "0"]],
];

function failed(cause: Cause): Pick<JoblogEntry, "status" | "cause"> {
  return { status: "FAILED", cause };
}

for (const [what, end, columns] of ENDS) {
  Deno.test(`the log of jobs tells ${what}`, () => {
    const line = formatJob({ range: 0, startedAt: 0, endedAt: 0, command: "true", ...end });
    assertEquals(line.split("\t").slice(6, 8), columns);
  });
}
