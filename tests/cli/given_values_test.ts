import { assertEquals, assertThrows } from "@std/assert";
import { readArgv } from "../../src/cli/argv.ts";
import { UsageError } from "../../src/cli/errors.ts";
import { readGiven } from "../../src/cli/given_values.ts";
import { RUN_OPTIONS } from "../../src/cli/options.ts";
import { RUN_SYNTAX } from "../../src/cli/run.ts";

/** Reads the values of a command line of `run`. */
function given(line: string) {
  return readGiven(RUN_OPTIONS, readArgv([...line.split(" "), "--", "true"], RUN_SYNTAX).options);
}

for (
  const [line, values] of [
    ["-n 10 -w4 --stdin", { totalItems: 10, stdin: true, numWorkers: 4 }],
    ["--journal a --resume", { journal: "a", resume: true }],
    ["--no-journal", { keepsRecord: false }],
    ["-a x -a y", { items: ["x", "y"] }],
    ["--items one", { items: ["one"] }],
    ["--tag", { tag: true }],
    ["--tag=it=is", { tag: "it=is" }],
    ["--no-retry-on oom,3", { noRetryOn: ["out-of-memory", 3] }],
    ["--retry-on 1 --no-retry-on 2", { retryOn: [1], noRetryOn: [2] }],
    ["--no-retry-on 2 --retry-on 1", { retryOn: [1], noRetryOn: [2] }],
    ["--timeout 1m30s", { timeout: 90_000 }],
    ["--halt now,fail=2 --eta", { haltOn: { failures: 2, how: "kill" } }],
  ] as const
) {
  Deno.test(`${line} gives its values`, () => assertEquals(given(line), values as unknown));
}

Deno.test("values are in the order of the table, whatever that of the words is", () => {
  assertEquals(JSON.stringify(given("--title t -n 3")), JSON.stringify(given("-n 3 --title t")));
});

Deno.test("of two wrong values, the first one is told", () => {
  const error = assertThrows(() => given("--timeout soon --run-timeout late"), UsageError);
  assertEquals(error.message.split(" ")[0], "--timeout");
});
