// The lines of real workers, as they come.
import { LiveOutput, OrderedOutput } from "@lambdawaker/executor/output";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { withFolder } from "../helpers/journal.ts";
import { until } from "../helpers/processes.ts";
import { runJob, runScript } from "../helpers/run_job.ts";
import { Sink } from "../helpers/sink.ts";
import { withoutTempFiles } from "../helpers/temp_files.ts";

Deno.test("a line is shown as soon as it is whole, and no sooner", async () => {
  await withFolder(async (folder) => {
    const sink = new Sink();
    const wait = (name: string) => `until [ -e ${folder}/${name} ]; do sleep 0.01; done`;
    const running = runScript(
      `echo one; echo PROGRESS: 1; printf tw; ${wait("a")}; echo o; ${wait("b")}; printf end`,
      {},
      { output: new LiveOutput({ write: sink.write }) },
    );
    await until(() => sink.text() === "range 0: one\n", "there is one line");
    await Deno.writeTextFile(`${folder}/a`, "");
    await until(() => sink.text() === "range 0: one\nrange 0: two\n", "there are two");
    await Deno.writeTextFile(`${folder}/b`, "");
    await running;
    assertEquals(sink.text(), "range 0: one\nrange 0: two\nrange 0: end\n");
  });
});

Deno.test("lines of workers that print at once are never torn, however long", async () => {
  const sink = new Sink();
  const numWorkers = 8;
  const long = 200_000;
  const script = `i=0; while [ $i -lt 300 ]; do printf "$0 "; printf "$0 $i\\n"; i=$((i + 1)); done
    head -c ${long} /dev/zero | tr '\\0' $0; echo; seq -f "$0 $0 %.0f" 300 20000`;
  const { summary } = await runJob(
    { totalItems: numWorkers, numWorkers },
    ({ index }) => ["sh", "-c", script, `${index}`],
    {
      output: new LiveOutput({
        write: sink.write,
        tag: ({ index }) => `${index}|`,
        maxMemory: 300_000,
      }),
    },
  );
  assert(summary.ok);
  const lines = sink.text().split("\n");
  assertEquals(lines.pop(), "");
  for (let worker = 0; worker < numWorkers; worker++) {
    const own = lines.filter((line) => line.startsWith(`${worker}|`));
    const numbered = Array.from(
      { length: 20_001 },
      (_, line) => `${worker}|${worker} ${worker} ${line}`,
    );
    numbered.splice(300, 0, `${worker}|${`${worker}`.repeat(long)}`);
    assertEquals(own.join("\n") === numbered.join("\n"), true, `lines of worker ${worker}`);
  }
  assertEquals(lines.length, numWorkers * 20_002);
});

Deno.test("a line is written together with its tag, though its parts came one by one", async () => {
  const pieces: string[] = [];
  const write = (bytes: Uint8Array) => {
    pieces.push(new TextDecoder().decode(bytes));
    return Promise.resolve();
  };
  const output = new LiveOutput({ write, writeStderr: write, tag: () => "tag|" });
  const ignored = { warn() {}, written() {}, lost() {}, readerGone() {} };
  output.open(ignored);
  const range = output.range(0);
  const { workers: [worker] } = (await runScript("true")).state;
  await range.begin({ worker: worker!, continues: false });
  for (const stream of ["stdout", "stderr"] as const) {
    for (const part of ["o", "ne\n", "50%\r", "100%", "\n", "end"]) {
      await range[stream]!(new TextEncoder().encode(part));
      // Everything is written by then.
      await new Promise((resolve) => setTimeout(resolve));
    }
  }
  await range.end({ status: "SUCCESS", counts: true });
  await output.close();
  const lines = ["tag|one\n", "tag|100%\n"];
  assertEquals(pieces, [...lines, ...lines, "tag|end\n", "tag|end\n"]);
});

Deno.test("lines of every attempt are shown, none glued to the next one's", async () => {
  const sink = new Sink();
  await runScript(
    "printf 'attempt %s' $EXECUTOR_ATTEMPT; exit 1",
    { maxRetries: 1, retryDelay: 0 },
    { output: new LiveOutput({ write: sink.write, tag: ({ attempt }) => `${attempt}: ` }) },
  );
  assertEquals(sink.text(), "1: attempt 1\n2: attempt 2\n");
});

Deno.test("text that is overwritten is not shown, however the bytes come", async () => {
  const script = `printf 'wait\\rwait.'; sleep 0.1; printf '.\\r'; sleep 0.1; printf 'done\\n'
    printf 'lost\\rPROGRESS: 1\\n\\rbar\\rlast\\r\\n'; printf 'dos\\r'; sleep 0.1; printf '\\nlost\\rend\\r'`;
  const sink = new Sink();
  await runScript(script, {}, { output: new LiveOutput({ write: sink.write, tag: () => "> " }) });
  assertEquals(sink.text(), "> done\n> last\r\n> dos\r\n> end\r\n");
});

Deno.test("carriage returns that overwrite nothing are kept", async () => {
  const sink = new Sink();
  const script = "printf 'a\\r\\r\\nb\\r\\r\\r\\nc\\nd\\r'";
  await runScript(script, {}, { output: new LiveOutput({ write: sink.write, tag: () => "" }) });
  assertEquals(sink.text(), "a\r\r\nb\r\r\r\nc\nd\r\n");
});

Deno.test("text that a signal overwrites at the end is not shown", async () => {
  const sink = new Sink();
  const script = "printf 'lost\\rPROGRESS: 1\\n'";
  await runScript(script, {}, { output: new LiveOutput({ write: sink.write }) });
  assertEquals(sink.text(), "");
});

Deno.test("a line that is rewritten for ever takes no memory", async () => {
  const sink = new Sink();
  const output = new LiveOutput({ write: sink.write, tag: () => "", maxMemory: 100_000 });
  const script = "yes 'some text of a bar' | head -n 100000 | tr '\\n' '\\r'; echo; echo end";
  await withoutTempFiles(async () => {
    const { summary } = await runScript(script, {}, { output });
    assert(summary.ok);
  });
  assertEquals(sink.text(), "some text of a bar\r\nend\n");
});

for (const Kind of [LiveOutput, OrderedOutput]) {
  for (const [wrong, shown] of [[NaN, "NaN"], [Promise.resolve("x"), "Promise"], [{}, "{}"]]) {
    Deno.test(`${Kind.name}: a tag that is ${shown} fails the range`, async () => {
      const sink = new Sink();
      const output = new Kind({ write: sink.write, tag: () => wrong as string });
      const { summary } = await runScript("echo text", {}, { output });
      const { cause } = summary.failures[0]!;
      assert(cause.kind === "output-lost");
      assertStringIncludes(`${cause.message}`, `tag must return a string: it returned ${shown}`);
      assertEquals(sink.text(), "");
    });
  }
}
