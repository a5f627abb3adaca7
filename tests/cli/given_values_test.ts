import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { readArgv } from "../../src/cli/argv.ts";
import { flagOf } from "../../src/cli/cliffy_options.ts";
import { UsageError } from "../../src/cli/errors.ts";
import { readGiven } from "../../src/cli/given_values.ts";
import { RUN_OPTIONS } from "../../src/cli/options.ts";
import { RUN_SYNTAX } from "../../src/cli/run.ts";
import type { AnyOption } from "../../src/model/option.ts";

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

const DAYS = 'a duration from 1ms to 10000d: current value is "20000d"';

/** Words that are refused, and the sentence: it names the word, not the value that it became, and no field of that value. */
const REFUSED: readonly (readonly [line: string, sentence: string])[] = [
  [
    "--grace-period 0s",
    '--grace-period must be a duration from 1ms to 10000d: current value is "0s"',
  ],
  ["--timeout 20000d", `--timeout must be ${DAYS}`],
  ["--lease 1s", '--lease must be a duration from 2s to 10000d: current value is "1s"'],
  [
    "--notify 20000d",
    '--notify must be a duration from 0s to 10000d: current value is "20000d"',
  ],
  [
    "--retries 9007199254740993",
    '--retries must be at most 9007199254740991: current value is "9007199254740993"',
  ],
  ["-n 1e400", '--total must be at most 9007199254740991: current value is "1e400"'],
  ["-n -1", '--total must be a non-negative integer: current value is "-1"'],
  [
    "-w 9007199254740993",
    '--workers must be at most 9007199254740991: current value is "9007199254740993"',
  ],
  ["--nice 20.0", '--nice must be an integer from -20 to 19: current value is "20.0"'],
  [
    "--threads 99999999999999999999",
    '--threads must be at most 9007199254740991: current value is "99999999999999999999"',
  ],
  [
    "--retry-delay 20000d",
    'the initial delay of --retry-delay must be a duration from 0s to 10000d: current value is "20000d"',
  ],
  [
    "--retry-delay 1s,0.5",
    'the factor of --retry-delay must be a number of at least 1: current value is "1s,0.5"',
  ],
  [
    "--retry-delay 1s,2,20000d",
    'the longest delay of --retry-delay must be a duration from 0s to 10000d: current value is "1s,2,20000d"',
  ],
  [
    "--retry-delay 1s,2,3s,1.50",
    'the jitter of --retry-delay must be a number from 0 to 1: current value is "1s,2,3s,1.50"',
  ],
  [
    "--rate 00/s",
    'the number of starts of --rate must be an integer from 1 to 1000000: current value is "00/s"',
  ],
  [
    "--rate 1/20000d",
    'the time of --rate must be a duration from 1ms to 10000d: current value is "1/20000d"',
  ],
  [
    "--halt-on 0:kill",
    'the number of failures of --halt-on must be a positive integer: current value is "0:kill"',
  ],
  ["--chunk-size 20000d", `the time of --chunk-size must be ${DAYS}`],
  [
    "-c 9007199254740993",
    '--chunk-size must be at most 9007199254740991: current value is "9007199254740993"',
  ],
  [
    "--order shuffle:9999999999",
    'the seed of --order must be an integer from 0 to 4294967295: current value is "shuffle:9999999999"',
  ],
  ["--load 0.0", '0, or a share of the CPUs such as 80%: current value is "0.0"'],
  ["--gpus 2,2,", 'such as 0,2 or GPU-…: current value is "2,2,"'],
  ["--memory 1k", 'of at least 1M: current value is "1k"'],
];

for (const [line, sentence] of REFUSED) {
  Deno.test(`${line} is refused by a sentence about what was typed`, () => {
    const { message } = assertThrows(() => given(line), UsageError);
    assertEquals(message.slice(-sentence.length), sentence);
  });
}

Deno.test("each option that takes a time names its bounds as times, and the word", () => {
  for (const option of Object.values<AnyOption>(RUN_OPTIONS)) {
    if (option.type.syntax !== "duration") continue;
    const { message } = assertThrows(() => given(`${flagOf(option)}=20000d`), UsageError);
    assertMatch(message, /^--[\w-]+ must be a duration from \d+m?s to 10000d: .* "20000d"$/);
  }
});
