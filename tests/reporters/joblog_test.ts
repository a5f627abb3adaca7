// The log of jobs: the exit value and the signal of each way to end.
import type { Cause, RunEvent } from "@lambdawaker/executor";
import { assertEquals } from "@std/assert";
import { JoblogReporter } from "../../src/reporters/joblog_reporter.ts";
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

Deno.test("a range whose output is lost has another line, with its command if it is not long ago", async () => {
  const lines: string[] = [];
  const terminal = {
    write(text: string) {
      lines.push(...text.trimEnd().split("\n"));
      return Promise.resolve();
    },
  };
  const reporter = new JoblogReporter({ terminal, hasHead: false });
  const report = (event: object) => reporter.report({ v: 2, t: 0, ...event } as RunEvent);
  report({ kind: "run-started", command: ["work", "{start}"] });
  // The commands of all these would be 24 MiB.
  const long = "x".repeat(1 << 20);
  for (let range = 0; range < 24; range++) {
    const ref = { worker: 0, range, attempt: 1 };
    report({ kind: "attempt-started", ...ref });
    report({ kind: "spawned", ...ref, argv: ["work", `${range}`, long] });
    report({ kind: "range-ended", ...ref, status: "SUCCESS" });
  }
  const cause: Cause = { kind: "output-lost", message: "no space" };
  for (const range of [0, 23]) report({ kind: "output-lost", range, cause });
  await reporter.close();
  const told = lines.slice(-2).map((line) => line.split("\t"));
  assertEquals(told.map((columns) => columns[6]), ["1", "1"]);
  assertEquals(told.map((columns) => columns[8]!.slice(0, 9)), ["work {sta", "work 23 x"]);
});
