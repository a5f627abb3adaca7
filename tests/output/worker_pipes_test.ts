// What real workers print, on its way to log, outputs, results and events.
import { OrderedOutput } from "@lambdawaker/executor/output";
import { PatternProtocol, type Protocol } from "@lambdawaker/executor/protocol";
import { assertEquals } from "@std/assert";
import type { OutputStream } from "../../src/model/protocol.ts";
import { OutputCapture } from "../../src/output/capture.ts";
import { ProgressTracker } from "../../src/output/progress_tracker.ts";
import { ReadPace } from "../../src/output/read_pace.ts";
import { WorkerPipes } from "../../src/output/worker_pipes.ts";
import { toBytes, toText } from "../helpers/byte_streams.ts";
import { runCli } from "../helpers/cli.ts";
import { FakeClock, settle } from "../helpers/fake_clock.ts";
import { withFolder } from "../helpers/journal.ts";
import { ofKind, runScript } from "../helpers/run_job.ts";
import { Sink } from "../helpers/sink.ts";

const pattern = () => new PatternProtocol(/^(?<percent>\d+)%/);
const json = (): Protocol => ({
  parse: (line, stream) =>
    stream === "stdout" && line.startsWith('{"done"')
      ? { kind: "progress", done: JSON.parse(line).done }
      : { kind: "log" },
});

const PRINTED = [
  ...["PROGRESS: 1\n", '{"done":2}\n', "50%\n", "\xff\0\r\n"],
  ...["wait\rwait.\rdone\n", "lost\rPROGRESS: 3\n", "MESSAGE: m\r\n", "end"],
].join("");

const PROTOCOLS: [name: string, protocol: (() => Protocol) | undefined, kept: string][] = [
  [
    "the prefixes",
    undefined,
    '{"done":2}\n50%\n\xff\0\r\nwait\rwait.\rdone\nlost\r\nend',
  ],
  ["a pattern", pattern, '{"done":2}\n\xff\0\r\nwait\rwait.\rdone\nlost\r\nend'],
  ["one's own", json, PRINTED.replace('{"done":2}\n', "")],
];

for (const [name, protocol, kept] of PROTOCOLS) {
  Deno.test(`output and results leave out the signals of the protocol in force: ${name}`, async () => {
    await withFolder(async (folder) => {
      await Deno.writeFile(`${folder}/printed`, toBytes(PRINTED));
      const sink = new Sink();
      await runScript(
        `cat ${folder}/printed`,
        { protocol, results: `${folder}/results`, logDir: `${folder}/log` },
        { output: new OrderedOutput({ write: sink.write }) },
      );
      assertEquals(toText(sink.bytes()), kept);
      const results = Deno.readFileSync(`${folder}/results/range-00000/stdout`);
      assertEquals(toText(results), kept);
      const log = Deno.readFileSync(`${folder}/log/range-00000.attempt-1.log`);
      assertEquals(toText(log), PRINTED);
    });
  });
}

Deno.test("signals on stderr are left out of the results, too, when the protocol reads it", async () => {
  await withFolder(async (folder) => {
    const script = "printf '50%%\\na\\r60%%\\rMESSAGE: m\\n' >&2";
    await runScript(script, { protocol: pattern, results: folder });
    const results = Deno.readFileSync(`${folder}/range-00000/stderr`);
    assertEquals(toText(results), "a\rMESSAGE: m\n");
  });
});

Deno.test("with the prefixes, each state of a rewritten line can be a signal", async () => {
  const script =
    "printf 'working\\rPROGRESS: 1\\rPROGRESS: 2\\rMESSAGE: m\\rmore\\rPROGRESS: 3\\n'; echo PROGRESS: 4 >&2";
  const result = await runScript(script, {});
  const [end] = ofKind(result, "attempt-ended");
  assertEquals([end?.progress, end?.malformed, end?.anomalies], [3, 0, 0]);
  assertEquals(ofKind(result, "log").flatMap(({ lines }) => lines), ["PROGRESS: 4"]);
});

Deno.test("a state is a signal as soon as a carriage return ends it", async () => {
  await withFolder(async (folder) => {
    const wait = `until [ -e ${folder}/go ]; do sleep 0.01; done`;
    const result = await runScript(`printf 'PROGRESS: 1\\r'; ${wait}; printf '\\n'`, {}, {
      onEvent: ({ kind }) => kind === "progress" && Deno.writeTextFileSync(`${folder}/go`, ""),
    });
    assertEquals(ofKind(result, "attempt-ended")[0]?.progress, 1);
  });
});

for (const stream of ["stdout", "stderr"]) {
  Deno.test(`of a rewritten line on ${stream}, tail and summary have the last state alone`, async () => {
    const script = `i=0; while [ $i -lt 300 ]; do i=$((i+1)); printf "\\r$i of 300"; done
      printf '\\ngave up\\n'; exit 1`;
    const { stdout, stderr } = await runCli([
      ...["run", "-n", "1", "--reporter", "plain", "--show-log", "--"],
      ...["sh", "-c", stream === "stdout" ? script : `exec >&2; ${script}`],
    ]);
    const shown = `${stdout}${stderr}`.match(/\d+ of 300/g)!;
    assertEquals([...new Set(shown)], ["300 of 300"]);
  });
}

Deno.test("a fragment of a worker that was killed is kept, and no signal", async () => {
  const sink = new Sink();
  const script = "printf 'PROGRESS: 1\\nPROGRESS: 12'; kill -9 $$";
  const output = new OrderedOutput({ write: sink.write });
  const result = await runScript(script, { totalItems: 200 }, { output });
  assertEquals([ofKind(result, "attempt-ended")[0]?.progress, sink.text()], [1, "PROGRESS: 12"]);
});

Deno.test("pipes are not read before they are started", async () => {
  let pulls = 0;
  const stream = () =>
    new ReadableStream<Uint8Array>({
      pull: (controller) => {
        pulls++;
        controller.close();
      },
    }, { highWaterMark: 0 });
  const clock = new FakeClock();
  const pipes = new WorkerPipes({ stdout: stream(), stderr: stream() }, {
    gracePeriod: 0,
    clock,
    tracker: new ProgressTracker({ size: 1, clock, emit() {} }),
    capture: new OutputCapture({ onLost() {} }),
    onFault() {},
  });
  await new Promise((resolve) => setTimeout(resolve));
  assertEquals(pulls, 0);
  pipes.start();
  assertEquals(await pipes.drain(), true);
  assertEquals(pulls, 2);
});

/** Pipes of one of many workers, and what fills them. */
function setUpMany() {
  const clock = new FakeClock();
  const others = Array.from({ length: 16 }, () => new ReadPace(clock));
  for (const other of others) other.start();
  const writers: Partial<Record<OutputStream, ReadableStreamDefaultController<Uint8Array>>> = {};
  const stream = (name: OutputStream) =>
    new ReadableStream<Uint8Array>({ start: (controller) => void (writers[name] = controller) });
  const lines: string[] = [];
  const tracker = new ProgressTracker({
    ...{ size: 10, clock },
    emit: (event) => event.kind === "log" && lines.push(...event.lines),
  });
  const pipes = new WorkerPipes({ stdout: stream("stdout"), stderr: stream("stderr") }, {
    ...{ gracePeriod: 0, clock, tracker, mayRest: true },
    capture: new OutputCapture({ onLost() {} }),
    onFault() {},
  });
  return {
    ...{ clock, lines, tracker, pipes },
    write: async (text: string, name: OutputStream = "stdout") => {
      writers[name]!.enqueue(toBytes(text));
      for (let turn = 0; turn < 5; turn++) await settle();
    },
    end: async () => {
      for (const writer of Object.values(writers)) writer.close();
      const isAtEnd = await pipes.drain();
      tracker[Symbol.dispose]();
      for (const other of others) other.stop();
      return isAtEnd;
    },
  };
}

Deno.test("with many workers, stdout rests between two reads", async () => {
  const { clock, tracker, pipes, write, end } = setUpMany();
  pipes.start();
  await write("PROGRESS: 1\n");
  assertEquals(tracker.progress, 1);
  await write("PROGRESS: 2\n");
  assertEquals(tracker.progress, 1);
  await clock.advance(100);
  assertEquals(tracker.progress, 2);
  await end();
});

Deno.test("what stdout brought before stderr is read before it", async () => {
  const { lines, tracker, pipes, write, end } = setUpMany();
  pipes.start();
  await write("PROGRESS: 1\n");
  await write("out\n");
  assertEquals(lines, []);
  await write("err\n", "stderr");
  assertEquals(await end(), true);
  assertEquals([lines, tracker.progress], [["out", "err"], 1]);
});

Deno.test("a worker that has ended does not rest", async () => {
  const { lines, tracker, pipes, write, end } = setUpMany();
  pipes.start();
  await write("PROGRESS: 1\n");
  await write("PROGRESS: 2\nlast\n");
  assertEquals(await end(), true);
  assertEquals([lines, tracker.progress], [["last"], 2]);
});

Deno.test("all that twenty workers print at once is read, and their ranges end when they do", async () => {
  const script =
    'for n in 1 2 3 4 5; do echo "PROGRESS: $n"; echo "MESSAGE: at $n"; echo "line $n"; done';
  const result = await runScript(script, { totalItems: 100, numWorkers: 20, chunkSize: 5 });
  const ends = ofKind(result, "attempt-ended");
  assertEquals(
    ends.map(({ status, progress }) => [status, progress]),
    Array(20).fill(["SUCCESS", 5]),
  );
  assertEquals(ofKind(result, "log").flatMap(({ lines }) => lines).length, 100);
});

Deno.test("streams of an output are read as they come, however many workers there are", async () => {
  const script = "echo one; sleep 0.01; echo two";
  const sink = new Sink();
  const output = new OrderedOutput({ write: sink.write });
  await runScript(script, { totalItems: 20, numWorkers: 20, chunkSize: 1 }, { output });
  assertEquals(sink.text(), "one\ntwo\n".repeat(20));
});
