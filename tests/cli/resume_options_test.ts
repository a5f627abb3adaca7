// `executor resume` with options that belong to others: those of its journal and those that are given count together.
import { assertEquals, assertStringIncludes } from "@std/assert";
import { eventsIn, withFolder } from "../helpers/journal.ts";
import { allow, QUIET, runIn } from "../helpers/resumed.ts";

/** A command that fails until everything is allowed. */
const COMMAND = ["sh", "-c", "[ -e ok ]", "sh"];

/** What became of a resumed run. */
interface Resumed {
  readonly code: number;
  readonly stderr: string;
  /** The options that the journal has of the resumed run; undefined if it did not begin. */
  readonly options?: Readonly<Record<string, unknown>>;
}

const NUMBERS = ["-n", "2", "-c", "1", "--", ...COMMAND, "{start}", "{end}"];
const LIST = ["--", ...COMMAND, "{items}", ":::", "a", "b"];

/** Runs a job of two items that fails, and goes on with it when it can succeed. */
async function resumed(recorded: string, given: string, job = NUMBERS): Promise<Resumed> {
  let result: Resumed | undefined;
  await withFolder(async (folder) => {
    const args = ["run", ...QUIET, "--retry-delay", "1ms", ...words(recorded), ...job];
    const first = await runIn(folder, args);
    assertEquals(first.code, 1, first.stderr);
    allow(folder);
    const { code, stderr } = await runIn(folder, ["resume", "run.jsonl", ...words(given)]);
    const [, started] = eventsIn(`${folder}/run.jsonl`, "run-started");
    result = { code, stderr, options: started?.options };
  });
  return result!;
}

function words(text: string): string[] {
  return text.split(" ").filter((word) => word !== "");
}

const PAIRS: [recorded: string, given: string, kept: object, job: string[]][] = [
  ["-c 200ms", "--per-process 2", { perProcess: 2 }, LIST],
  ["--per-process 2", "-c 200ms", { chunkSize: { time: 200 } }, LIST],
  ["-r 2 --no-retry-on 3", "--retry-on 3", { chunkSize: 1, retryOn: [3] }, NUMBERS],
  ["-r 2 --retry-on 3", "--no-retry-on 4", { chunkSize: 1, noRetryOn: [4] }, NUMBERS],
];

for (const [recorded, given, kept, job] of PAIRS) {
  Deno.test(`resume ${given} takes the place of ${recorded} of the journal`, async () => {
    const { code, stderr, options = {} } = await resumed(recorded, given, job);
    assertEquals([code, stderr], [0, ""]);
    const fields = ["chunkSize", "perProcess", "retryOn", "noRetryOn"];
    const found = Object.entries(options).filter(([field]) => fields.includes(field));
    assertEquals(Object.fromEntries(found), kept);
  });
}

Deno.test("resume -c 20 with a list says what is right, also if the journal has a time", async () => {
  const { code, stderr } = await resumed("-c 200ms", "-c 20", LIST);
  assertEquals(code, 2);
  assertStringIncludes(
    stderr,
    "current value is 20. For 20 items per process, use --per-process 20",
  );
});

Deno.test("resume with both options that size the ranges of a list is refused", async () => {
  const { code, stderr } = await resumed("--per-process 2", "-c 200ms --per-process 2", LIST);
  assertEquals(code, 2);
  assertStringIncludes(stderr, "--chunk-size and --per-process cannot both be used");
});

const TOGETHER: [recorded: string, given: string, field: string, value: unknown][] = [
  ["--retries 2", "--retry-on 3", "retryOn", [3]],
  ["--retries 1", "--isolate", "isolate", true],
  ["--retries 1 --slow-after 50", "--kill-slow", "killSlow", true],
  ["", "--retries 1 --isolate", "isolate", true],
];

for (const [recorded, given, field, value] of TOGETHER) {
  Deno.test(`resume ${given} is right with "${recorded}" of the journal`, async () => {
    const { code, stderr, options } = await resumed(recorded, given);
    assertEquals([code, stderr, options?.[field]], [0, "", value]);
  });
}

const LEFT_OUT: [recorded: string, given: string, fields: string[], notes: string[]][] = [
  [
    "--retries 2 --retry-on 1",
    "--retries 0",
    ["retryOn"],
    ["--retry-on of the journal is left out: it must be used with --retries of 1 or more"],
  ],
  [
    "--retries 1 --isolate --slow-after 50 --kill-slow",
    "-r 0",
    ["isolate", "killSlow"],
    [
      "--isolate of the journal is left out: it must be used with --retries of 1 or more",
      "--kill-slow of the journal is left out: it must be used with --retries of 1 or more",
    ],
  ],
];

for (const [recorded, given, fields, notes] of LEFT_OUT) {
  Deno.test(`resume ${given} leaves out what needs more of "${recorded}", and says so`, async () => {
    const { code, stderr, options = {} } = await resumed(recorded, given);
    const lines = stderr.trimEnd().split("\n").toSorted();
    assertEquals([code, lines], [0, notes.map((note) => `executor: ${note}`)]);
    assertEquals(fields.map((field) => options[field]), fields.map(() => undefined));
  });
}

const REFUSED: [recorded: string, given: string, said: string][] = [
  ["", "--retry-on 3", "--retry-on must be used with --retries of 1 or more"],
  ["--retries 1", "--retries 0 --isolate", "--isolate must be used with --retries of 1 or more"],
  ["--retries 1", "--kill-slow", "--kill-slow must be used with --slow-after"],
  ["--retries 1 --isolate", "--retries few", "--retries must be a non-negative integer"],
  ["", "--lease 5m", "--lease must be used with --launcher slurm or ssh"],
  [
    "--stdin",
    "--launcher slurm --remote-deno none",
    "--stdin cannot be used with --remote-deno none",
  ],
];

for (const [recorded, given, said] of REFUSED) {
  Deno.test(`resume ${given} is refused with "${recorded}" of the journal`, async () => {
    const { code, stderr, options } = await resumed(recorded, given);
    assertEquals([code, options], [2, undefined]);
    assertStringIncludes(stderr, `executor: ${said}`);
    assertEquals(stderr.includes("left out"), false, stderr);
  });
}

Deno.test("resume --output none of a run with tagged output leaves the tag out", async () => {
  const { code, stderr, options } = await resumed("--output ordered --tag", "--output none");
  // The output is the default, which is not recorded.
  assertEquals([code, options?.tag, options?.output], [0, undefined, undefined]);
  assertEquals(
    stderr,
    "executor: --tag of the journal is left out: no lines are printed that it could begin\n",
  );
});
