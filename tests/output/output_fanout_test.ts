// Outputs of somebody's own.
import { ConfigError, type RangeFailure } from "@lambdawaker/executor";
import type {
  Output,
  OutputAttempt,
  OutputEnd,
  OutputRun,
  RangeOutput,
} from "@lambdawaker/executor/output";
import { assertEquals, assertRejects } from "@std/assert";
import { ofKind, runJob, runScript } from "../helpers/run_job.ts";
import { Sink } from "../helpers/sink.ts";

/** Writes to stdout, and to stderr once a file `$1` says that this was read. */
const ECHOES = 'rm -f "$1"; echo hi; until [ -e "$1" ]; do sleep 0.01; done; echo ho >&2; exit $0';

Deno.test("an output sees each range, its attempts, both streams and its end", async () => {
  const said: string[] = [];
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  const go = await Deno.makeTempFile();
  const output: Output = {
    open: () => void said.push("open"),
    range: (index): RangeOutput => ({
      begin: ({ worker, continues }: OutputAttempt) =>
        void said.push(`${index} begins ${worker.attempt} ${continues}`),
      stdout: (bytes) => {
        said.push(`${index} out ${text(bytes)}`);
        Deno.writeTextFileSync(go, "");
      },
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
    ) => ["sh", "-c", ECHOES, `${extraData.startIndex}`, go],
    { output },
  );
  await Deno.remove(go);
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

Deno.test("what an output cannot keep makes its range CRASHED, and ends no run", async () => {
  const broken = () => {
    throw new Error("broken");
  };
  const rejects = () => Promise.reject(new Error("broken"));
  const good: RangeOutput = { begin() {}, stdout() {}, end() {} };
  const outputs: [method: string, output: Output][] = [
    ["open", { range: () => good, open: broken }],
    ["range", { range: broken }],
    ["begin", { range: () => ({ ...good, begin: broken }) }],
    ["begin, async", { range: () => ({ ...good, begin: rejects }) }],
    ["stdout", { range: () => ({ ...good, stdout: broken }) }],
    ["stdout, async", { range: () => ({ ...good, stdout: rejects }) }],
    ["stderr", { range: () => ({ ...good, stderr: rejects }) }],
    ["end", { range: () => ({ ...good, end: broken }) }],
    ["end, async", { range: () => ({ ...good, end: rejects }) }],
  ];
  for (const [method, output] of outputs) {
    const { summary } = await runScript("echo said; echo said >&2", {}, { output });
    assertEquals(
      summary.failures.map(({ status, cause }) => [status, cause]),
      [["CRASHED", { kind: "output-lost", message: "broken" }]],
      method,
    );
    assertEquals(summary.exitCode, 1, method);
    assertEquals(summary.warnings, ["the output of a worker cannot be kept: broken"], method);
  }
});

Deno.test("an output that cannot be closed is a warning, and the exit code is 1", async () => {
  const close = () => Promise.reject(new Error("broken"));
  const output: Output = { range: () => ({ begin() {}, stdout() {}, end() {} }), close };
  const { summary } = await runScript("echo said", {}, { output });
  assertEquals([summary.ok, summary.exitCode, summary.warnings], [
    true,
    1,
    ["output could not be written: broken"],
  ]);
});

Deno.test("a range whose output was lost is tried again, and done when its output is kept", async () => {
  const ends: string[] = [];
  const output: Output = {
    range: () => ({
      begin() {},
      stdout() {},
      end: ({ status }) => {
        ends.push(status);
        if (ends.length === 1) throw new Error("broken");
      },
    }),
  };
  const result = await runScript("echo said", { maxRetries: 1, retryDelay: 0 }, { output });
  assertEquals([result.summary.exitCode, result.summary.retries], [0, 1]);
  assertEquals(ends, ["SUCCESS", "SUCCESS"]);
  const statuses = ofKind(result, "attempt-ended").map(({ status }) => status);
  assertEquals(statuses, ["CRASHED", "SUCCESS"]);
});

Deno.test("what is lost after a range was done takes that back", async () => {
  let run: OutputRun | undefined;
  const output: Output = {
    reports: "lost",
    open: (given) => void (run = given),
    range: () => ({ begin() {}, stdout() {}, end() {} }),
    close: () => Promise.resolve(run?.lost(1, new Error("broken"))),
  };
  const result = await runJob(
    { totalItems: 6, chunkSize: 2, numWorkers: 1 },
    () => ["echo", "said"],
    { output },
  );
  const { summary } = result;
  assertEquals([summary.exitCode, summary.ok, summary.doneItems], [1, false, 4]);
  assertEquals(summary.counts, { SUCCESS: 2, FINISHED: 0, FAILED: 0, CRASHED: 1 });
  const [{ range, startIndex, endIndex, cause }] = summary.failures as [RangeFailure];
  assertEquals([range, startIndex, endIndex], [1, 2, 4]);
  assertEquals(cause, { kind: "output-lost", message: "broken" });
  assertEquals(ofKind(result, "output-lost").length, 1);
});

Deno.test("an output without a method range is misuse", async () => {
  await assertRejects(
    // deno-lint-ignore no-explicit-any -- what JavaScript may pass
    () => runScript("true", {}, { output: { write() {} } as any }),
    ConfigError,
    "output must be an object with a method range",
  );
});
