// Outputs of somebody's own.
import { ConfigError } from "@lambdawaker/executor";
import type { Cause } from "@lambdawaker/executor/events";
import type { Output, OutputAttempt, OutputEnd, RangeOutput } from "@lambdawaker/executor/output";
import { assertEquals, assertRejects } from "@std/assert";
import { runJob, runScript } from "../helpers/run_job.ts";
import { Sink } from "../helpers/sink.ts";

Deno.test("an output sees each range, its attempts, both streams and its end", async () => {
  const said: string[] = [];
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  const output: Output = {
    open: () => void said.push("open"),
    range: (index): RangeOutput => ({
      begin: ({ worker, continues }: OutputAttempt) =>
        void said.push(`${index} begins ${worker.attempt} ${continues}`),
      stdout: (bytes) => void said.push(`${index} out ${text(bytes)}`),
      stderr: (bytes) => void said.push(`${index} err ${text(bytes)}`),
      end: ({ status, cause, exit, counts }: OutputEnd) =>
        void said.push(
          `${index} ${status} ${JSON.stringify(cause)} ${JSON.stringify(exit)} ${counts}`,
        ),
    }),
    close: () => Promise.resolve(void said.push("close")),
  };
  await runJob(
    { totalItems: 2, chunkSize: 1, numWorkers: 1, maxRetries: 1, retryDelay: 0 },
    (
      { extraData },
    ) => ["sh", "-c", "echo hi; sleep 0.1; echo ho >&2; exit $0", `${extraData.startIndex}`],
    { output },
  );
  const spoken = (range: number) => [`${range} out hi\n`, `${range} err ho\n`];
  assertEquals(said, [
    "open",
    ...["0 begins 1 false", ...spoken(0)],
    '0 SUCCESS undefined {"kind":"exited","code":0} true',
    ...["1 begins 1 false", ...spoken(1), "1 begins 2 false", ...spoken(1)],
    '1 FAILED {"kind":"exit","code":1} {"kind":"exited","code":1} true',
    "close",
  ]);
});

Deno.test("an output that is slow gets all, and no pipe is taken for leaked", async () => {
  const sink = new Sink();
  const stdout = async (bytes: Uint8Array) => {
    await new Promise((resolve) => setTimeout(resolve, 300));
    await sink.write(bytes);
  };
  const output: Output = { range: () => ({ begin() {}, stdout, end() {} }) };
  const { summary } = await runScript("yes | head -c 200000", {}, { output });
  assertEquals([summary.ok, summary.leaked, sink.length], [true, 0, 200_000]);
});

Deno.test("what an output gets wrong ends no run", async () => {
  const broken = () => {
    throw new Error("broken");
  };
  const good: RangeOutput = { begin() {}, stdout() {}, end() {} };
  const cases: [output: Output, failure: Cause | undefined, warning: string | undefined][] = [
    [{ range: broken }, undefined, "an output failed, the work goes on: broken"],
    [
      { range: () => ({ ...good, end: broken }) },
      undefined,
      "an output failed, the work goes on: broken",
    ],
    [{ range: () => good, close: broken }, undefined, "an output failed, the work goes on: broken"],
    [
      { range: () => ({ ...good, begin: broken }) },
      { kind: "launch", message: "broken" },
      undefined,
    ],
    [
      { range: () => ({ ...good, stdout: broken }) },
      { kind: "output-lost" },
      "the output of a worker cannot be kept: broken",
    ],
  ];
  for (const [output, failure, warning] of cases) {
    const { summary } = await runScript("echo said", {}, { output });
    assertEquals([summary.failures[0]?.cause, summary.warnings[0]], [failure, warning]);
  }
});

Deno.test("an output without a method range is misuse", async () => {
  await assertRejects(
    // deno-lint-ignore no-explicit-any -- what JavaScript may pass
    () => runScript("true", {}, { output: { write() {} } as any }),
    ConfigError,
    "output must be an object with a method range",
  );
});
