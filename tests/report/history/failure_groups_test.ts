import { assert, assertEquals } from "@std/assert";
import { FailureGroups } from "../../../src/report/history/failure_groups.ts";

Deno.test("equal failures share a group", () => {
  const failures = new FailureGroups();
  const failure = {
    status: "CRASHED",
    cause: { kind: "exit", code: 1 },
    message: "",
    log: ["no"],
  } as const;
  for (let index = 0; index < 10_000; index++) failures.add({ ...failure, index });
  failures.add({ ...failure, index: 10_000, log: ["no", "never"], logFile: "log/a" });
  assertEquals(failures.groups.map(({ attempts }) => attempts.length), [10_000, 1]);
  assertEquals(failures.groups[1]!.logFiles, ["log/a"]);
});

Deno.test("logs are left out beyond a total size", () => {
  const failures = new FailureGroups();
  for (let index = 0; index < 1_000; index++) {
    const log = Array.from({ length: 20 }, () => `${index} ${"x".repeat(70_000)}`);
    failures.add({ index, status: "CRASHED", cause: { kind: "exit", code: 1 }, message: "", log });
  }
  const size = JSON.stringify(failures.groups).length;
  assert(size > 3_000_000 && size < 5_000_000, `${size} characters`);
  assert(!failures.groups[0]!.isLogLeftOut && failures.groups.at(-1)!.isLogLeftOut);
  const indexes = failures.groups.reduce((sum, { attempts }) => sum + attempts.length, 0);
  assertEquals(indexes, 1_000, "a failure was lost");
});
