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

Deno.test("failures that are all different share groups beyond the first thousand", () => {
  const failures = new FailureGroups();
  for (let index = 0; index < 20_000; index++) {
    const cause = { kind: "command", message: `no command for item ${index}` } as const;
    failures.add({ index, status: index % 2 ? "FAILED" : "CRASHED", cause, message: "", log: [] });
  }
  const { groups } = failures;
  assertEquals(groups.length, 1_002);
  assertEquals(groups.reduce((sum, { attempts }) => sum + attempts.length, 0), 20_000);
});

Deno.test("a change of a group has the attempts since the last one", () => {
  const failures = new FailureGroups();
  const cause = { kind: "exit", code: 1 } as const;
  const failure = { status: "FAILED", cause, message: "", log: [] } as const;
  const logFile = "log/a";
  for (let index = 0; index < 1_000; index++) failures.add({ ...failure, index, logFile });
  assertEquals(failures.drainChanged()[0]![1].attempts.length, 1_000);
  for (let index = 1_000; index < 1_003; index++) failures.add({ ...failure, index, logFile });
  const [at, { attempts, logFiles }, from] = failures.drainChanged()[0]!;
  assertEquals([at, attempts, logFiles.length, from], [0, [1_000, 1_001, 1_002], 8, 1_000]);
});
