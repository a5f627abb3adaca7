// Progress as a share of a range, and protocols of a user's own.
import { withFolder } from "../helpers/journal.ts";
import {
  currentItems,
  currentWork,
  INITIAL_STATE,
  reduce,
  type RunState,
} from "@lambdawaker/executor/events";
import { PatternProtocol, type Protocol, type Signal } from "@lambdawaker/executor/protocol";
import { Recovery } from "../../src/journal/recovery.ts";
import type { RunEvent } from "@lambdawaker/executor";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { drawFrame } from "../../src/reporters/grid/frame.ts";
import { encodeRow } from "../../src/terminal/style.ts";
import { HistoryBuilder } from "../../src/report/history/history_builder.ts";
import { runCli } from "../helpers/cli.ts";
import { ofKind, runJob, runScript } from "../helpers/run_job.ts";
import { causeText } from "../../src/reporters/wording.ts";

const protocol = () => new PatternProtocol(/^(?<percent>[\d.]+)%/);

/** Returns the events of a run of one-item ranges whose first workers are at these shares. */
function runAt(shares: number[], ranges = 20): RunEvent[] {
  const at = { v: 2, t: 1_000 } as const;
  return [
    {
      ...at,
      ...{ kind: "run-started", runId: "run", totalItems: ranges, ranges, numWorkers: 10 },
      ...{ maxRetries: 0, chunkSize: 1, retryFrom: "checkpoint" },
    },
    ...shares.flatMap((share, worker): RunEvent[] => {
      const ref = { ...at, worker, range: worker, attempt: 1 };
      const items = { startIndex: worker, endIndex: worker + 1, maxAttempt: 1 };
      return [
        { ...ref, kind: "attempt-started", attemptId: `run.${worker}.1`, ...items },
        { ...ref, kind: "progress", done: Math.floor(share), share },
      ];
    }),
  ];
}

function drawn(state: RunState): string[] {
  const options = { title: "job", width: 79, height: 30, now: 2_000 };
  return drawFrame(state, options).rows.map((row) => encodeRow(row, false));
}

Deno.test("four workers at half of an item each have done two items", () => {
  const state = runAt([0.5, 0.5, 0.5, 0.5]).reduce(reduce, INITIAL_STATE);
  assertEquals([currentWork(state), currentItems(state)], [2, 2]);
  const [header = "", ...panels] = drawn(state);
  assertStringIncludes(header, " 10% 2/20 ");
  assertEquals(panels.join("\n").match(/ RUNNING +[━─]+ +50% /g)?.length, 4);
});

Deno.test("a share moves percentages, while items are counted whole", () => {
  const state = runAt([0.58, 0.29], 2).reduce(reduce, INITIAL_STATE);
  assertEquals(currentItems(state), 0);
  const [header = "", ...panels] = drawn(state);
  assertStringIncludes(header, " 43% 0/2 ");
  const text = panels.join("\n");
  assert(/ RUNNING +[━─]+ +58% /.test(text) && / RUNNING +[━─]+ +29% /.test(text), text);
});

Deno.test("ten tenths of items are one item", () => {
  const state = runAt(Array(10).fill(0.1), 10).reduce(reduce, INITIAL_STATE);
  assertEquals(currentItems(state), 1);
});

Deno.test("a history has samples in parts of items, and counts whole items", () => {
  const history = new HistoryBuilder();
  for (const event of runAt([0.25, 0.5, 0.5])) history.add(event);
  const { doneItems, samples } = history.history();
  assertEquals([doneItems, samples.at(-1)?.[1]], [1, 1.25]);
});

Deno.test("a share is published until the worker counts items", async () => {
  await withFolder(async (folder) => {
    const script = `echo 45% >&2; until [ -e ${folder}/go ]; do sleep 0.01; done; echo PROGRESS: 7`;
    const result = await runScript(script, { protocol }, {
      onEvent: ({ kind }) => {
        if (kind === "progress") Deno.writeTextFileSync(`${folder}/go`, "");
      },
    });
    const reported = ofKind(result, "progress").map(({ done, share }) => ({ done, share }));
    assertEquals(reported, [{ done: 4, share: 0.45 }, { done: 7, share: undefined }]);
    assertEquals(ofKind(result, "attempt-ended")[0]?.share, undefined);
    assertEquals(ofKind(result, "log"), []);
  });
});

Deno.test("a progress bar that overwrites itself is progress and leaves no log line", async () => {
  const script = "printf 'start\\r10%%\\r20%%\\rwait\\rwait.\\r30%%\\n\\rdone\\n'";
  const result = await runScript(script, { protocol });
  assertEquals(ofKind(result, "log").flatMap(({ lines }) => lines), ["done"]);
  assertEquals(ofKind(result, "attempt-ended")[0]?.share, 0.3);
});

Deno.test("strict requires a share of 1", async () => {
  const job = (script: string) => runScript(script, { protocol, strict: true });
  assertEquals((await job("echo 99.5%")).summary.failures[0]?.cause.kind, "incomplete");
  assert((await job("echo 100.0%")).summary.ok);
});

Deno.test("a share is not a checkpoint for a retry or a resume", async () => {
  const config = { protocol, retryFrom: "checkpoint", maxRetries: 1, retryDelay: 0 } as const;
  const result = await runScript("echo PROGRESS: 3; echo 100%; exit 1", config);
  assertEquals(ofKind(result, "attempt-started").map(({ startIndex }) => startIndex), [0, 0]);
  assertEquals(result.summary.counts.FAILED, 1);
  const recovery = new Recovery();
  for (const event of runAt([1, 0.5])) recovery.take(event);
  recovery.end();
  assertEquals(recovery.resumed("checkpoint").doneItems, 0);
});

Deno.test("a share that does not change does not reset stallTimeout", async () => {
  const repeats = "while :; do echo 45%; sleep 0.05; done";
  const config = { protocol, stallTimeout: 400, gracePeriod: 1_000 };
  assertEquals((await runScript(repeats, config)).summary.failures[0]?.cause, { kind: "stall" });
  const moves = "for i in $(seq 12); do echo $i%; sleep 0.1; done";
  // On a busy machine, one step may be late.
  assert((await runScript(moves, { ...config, maxRetries: 9, retryDelay: 0 })).summary.ok);
});

Deno.test("each attempt has its own protocol", async () => {
  let made = 0;
  const count = (): Protocol => {
    let lines = 0;
    made++;
    return { parse: () => ({ kind: "progress", done: ++lines }) };
  };
  const script = "echo a; echo b; echo c >&2; exit $((EXECUTOR_ATTEMPT == 1))";
  const config = { totalItems: 2, numWorkers: 1, chunkSize: 1, maxRetries: 1, retryDelay: 0 };
  const result = await runJob({ ...config, protocol: count }, () => ["sh", "-c", script]);
  assertEquals(ofKind(result, "attempt-ended").map(({ progress }) => progress), [3, 3, 3, 3]);
  assertEquals(made, 4);
});

const of = (signal: unknown) => signal as Signal;

const FAULTS: [name: string, make: () => Protocol, text: string][] = [
  ["throws", () => ({
    parse() {
      throw new Error("no idea");
    },
  }), "no idea"],
  ["cannot be made", () => {
    throw new Error("none left");
  }, "none left"],
  [
    "counts in fractions",
    () => ({ parse: () => ({ kind: "progress", done: 1.5 }) }),
    "parse must return a signal",
  ],
  [
    "returns a share of more than 1",
    () => ({ parse: () => ({ kind: "share", share: 2 }) }),
    "share: 2",
  ],
  ["is async", () => ({ parse: () => Promise.resolve({}) as unknown as Signal }), "Promise"],
  [
    "returns an unknown status",
    () => ({ parse: () => of({ kind: "status", status: "x" }) }),
    "status",
  ],
  [
    "returns a number as a message",
    () => ({ parse: () => of({ kind: "message", text: 5 }) }),
    "text: 5",
  ],
  ["returns an unknown signal", () => ({ parse: () => of({ kind: "other" }) }), "other"],
  ["returns undefined", () => ({ parse: () => undefined as unknown as Signal }), "undefined"],
];

for (const [name, make, text] of FAULTS) {
  Deno.test(`a protocol that ${name} ends its attempt as CRASHED`, async () => {
    const { summary } = await runScript("echo one; echo two; sleep 60", { protocol: make });
    const { status, cause, log } = summary.failures[0]!;
    assertEquals([status, cause.kind], ["CRASHED", "fault"]);
    const why = causeText(cause);
    assertStringIncludes(why, "protocol handler failed: ");
    assertStringIncludes(why, text);
    assertEquals(log.filter((line) => line !== "one" && line !== "two"), []);
    assert(summary.duration < 5_000, `${summary.duration} ms`);
  });
}

Deno.test("--progress-pattern takes the name of a program or a regular expression", async () => {
  const shares = async (pattern: string, script: string) => {
    const args = ["run", "-n", "1", "--reporter", "jsonl", "--progress-pattern", pattern];
    const { code, stdout } = await runCli([...args, "--", "sh", "-c", script]);
    assertEquals(code, 0);
    const events = stdout.trimEnd().split("\n").map((line) => JSON.parse(line) as RunEvent);
    return events.flatMap((event) => event.kind === "progress" ? [event.share] : []);
  };
  assertEquals(await shares("rsync", "echo '  1,000  16%  6.9MB/s  0:00:00 '"), [0.16]);
  assertEquals(await shares("(?<done>\\d+)/(?<total>\\d+)", "printf '3/4\\r' >&2"), [0.75]);
});
