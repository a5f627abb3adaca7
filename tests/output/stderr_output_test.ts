// The stderr of workers in the outputs of the API.
import { LiveOutput, OrderedOutput, type WriteOptions } from "@lambdawaker/executor/output";
import { LogReporter } from "@lambdawaker/executor/reporters";
import { ConfigError, SubprocessExecutor, type WorkerState } from "@lambdawaker/executor";
import { assertEquals, assertThrows } from "@std/assert";
import { ofKind, runJob } from "../helpers/run_job.ts";
import { Sink } from "../helpers/sink.ts";

const SCRIPT = `echo "err $0" >&2; echo "out $0"; [ $0 != 1 ] || echo "more $0" >&2`;
const perItem = (script: string) => ({ extraData }: Pick<WorkerState, "extraData">) => [
  "sh",
  "-c",
  script,
  `${extraData.startIndex}`,
];
const JOB = { totalItems: 3, chunkSize: 1, numWorkers: 1 };

/** Writes that note the stream of what they get. */
function noting(): { text: () => string; options: WriteOptions } {
  const sink = new Sink();
  const into = (mark: string) => async (bytes: Uint8Array) => {
    const text = new TextDecoder().decode(bytes);
    await sink.write(new TextEncoder().encode(text.replace(/^/gm, mark).replace(/.$/, "")));
  };
  return { text: () => sink.text(), options: { write: into("1"), writeStderr: into("2") } };
}

Deno.test("writeStderr gets the stderr of each range after its stdout", async () => {
  const { text, options } = noting();
  await runJob(JOB, perItem(SCRIPT), { output: new OrderedOutput(options) });
  assertEquals(
    text().replaceAll("\n", " "),
    "1out 0 2err 0 1out 1 2err 1 2more 1 1out 2 2err 2 ".replaceAll("\n", " "),
  );
});

Deno.test("with write alone, stderr is written nowhere, and is no output", async () => {
  for (const Class of [OrderedOutput, LiveOutput]) {
    const sink = new Sink();
    const output = new Class({ write: sink.write, tag: () => "" });
    assertEquals([output.writesStdout, output.writesStderr], [false, false]);
    assertEquals(new Class({ write: sink.write }).range(0).stderr, undefined);
    const { summary } = await runJob(JOB, perItem(SCRIPT), { output });
    assertEquals([summary.exitCode, sink.text()], [0, "out 0\nout 1\nout 2\n"]);
  }
  assertEquals([new OrderedOutput().writesStderr, new LiveOutput().writesStderr], [true, true]);
});

Deno.test("stderr that cannot be written is lost output of its ranges alone", async () => {
  for (const Class of [OrderedOutput, LiveOutput]) {
    const sink = new Sink();
    const writeStderr = () => Promise.reject(new Error("no room"));
    const result = await runJob(
      JOB,
      perItem(`echo "out $0"; [ $0 != 1 ] || echo "err $0" >&2`),
      { output: new Class({ write: sink.write, writeStderr, tag: () => "" }) },
    );
    assertEquals(result.summary.exitCode, 1);
    assertEquals(result.summary.failures.map(({ range, cause }) => [range, cause]), [
      [1, { kind: "output-lost", message: "no room" }],
    ]);
    assertEquals(sink.text().includes("out 0\n") && sink.text().includes("out 2\n"), true);
    if (Class === OrderedOutput) {
      assertEquals(ofKind(result, "output-written").map(({ range }) => range), [0, 2]);
    }
  }
});

Deno.test("an option that is no function is refused", () => {
  for (const field of ["writeStderr", "tag"]) {
    for (const Class of [OrderedOutput, LiveOutput]) {
      assertThrows(() => new Class({ [field]: "x" } as WriteOptions), ConfigError, field);
    }
  }
  assertThrows(() => new LogReporter({ tag: 1 } as never), ConfigError, "tag");
});

Deno.test("a tag of an OrderedOutput is asked for each attempt", async () => {
  const sink = new Sink();
  const tags: string[] = [];
  const tag = ({ attempt, extraData: { range } }: WorkerState) => {
    tags.push(`${range}.${attempt}`);
    return `${range}.${attempt} `;
  };
  await runJob(
    { ...JOB, totalItems: 2, maxRetries: 1, retryDelay: 1 },
    perItem('echo x; [ "$0" = 0 ] || [ $EXECUTOR_ATTEMPT = 2 ]'),
    { output: new OrderedOutput({ write: sink.write, tag }) },
  );
  assertEquals([sink.text(), tags], ["0.1 x\n1.2 x\n", ["0.1", "1.1", "1.2"]]);
});

Deno.test("a reporter may share stderr, and what it returns is used", async () => {
  const sink = new Sink();
  const reporter = { report() {}, shareStdout: () => sink.write, shareStderr: () => sink.write };
  await new SubprocessExecutor(JOB, perItem(SCRIPT)).run(reporter, { output: new OrderedOutput() });
  assertEquals(sink.text(), "out 0\nerr 0\nout 1\nerr 1\nmore 1\nout 2\nerr 2\n");
});
