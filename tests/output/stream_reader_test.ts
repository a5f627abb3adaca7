// The whole way of a stream: bytes, states, the protocol in force, and the bytes that outputs get.
import { PatternProtocol, type Protocol, ProtocolHandler } from "@lambdawaker/executor/protocol";
import { assert, assertEquals, assertRejects } from "@std/assert";
import type { AttemptEvent } from "../../src/model/event_body.ts";
import { MAX_LINE_BYTES } from "../../src/output/byte_stage.ts";
import { OverwrittenLines } from "../../src/output/overwritten_lines.ts";
import { ProgressTracker } from "../../src/output/progress_tracker.ts";
import { type StateSink, StreamReader } from "../../src/output/stream_reader.ts";
import { cut, everyCut, toBytes, toText } from "../helpers/byte_streams.ts";
import { FakeClock } from "../helpers/fake_clock.ts";
import { forSeeds } from "../helpers/random.ts";

interface Read {
  log: string[];
  /** Bytes that outputs get. */
  kept: string;
  /** What they show in the end. */
  shown: string[];
}

interface Options {
  protocol?: () => Protocol;
  killed?: boolean;
}

/** Reads a stream that comes in chunks. */
async function read(
  chunks: readonly Uint8Array[],
  { protocol, killed = false }: Options = {},
): Promise<Read> {
  const events: AttemptEvent[] = [];
  const emit = (event: AttemptEvent) => void events.push(event);
  const tracker = new ProgressTracker({ size: 10, clock: new FakeClock(), emit, protocol });
  const lines = new OverwrittenLines(tracker, "stdout");
  let kept = "";
  let shown = "";
  const write = (bytes: Uint8Array) => {
    kept += toText(bytes);
    shown += toText(bytes);
    return undefined;
  };
  const overwrite = (newline: Uint8Array = new Uint8Array()) => {
    kept += toText(newline);
    shown = shown.slice(0, shown.lastIndexOf("\n") + 1);
    return undefined;
  };
  const reader = new StreamReader(ReadableStream.from(chunks), {
    sink: lines,
    kept: { write, overwrite },
  });
  const { text = "", bytes } = await reader.read() ?? {};
  const verdict = lines.finish(text || undefined, { killed });
  if (verdict === "text" && bytes !== undefined) write(bytes);
  if (verdict === "overwriting signal") overwrite();
  tracker[Symbol.dispose]();
  const log = events.flatMap((event) => event.kind === "log" ? event.lines : []);
  return { log, kept, shown: visibleLines(new TextDecoder().decode(toBytes(shown))) };
}

/** Returns a sink that reads no progress lines from their bytes. */
function sinkOf(take: StateSink["take"]): StateSink {
  return { take, maxProgress: undefined, takeProgress() {}, end() {} };
}

/** What a terminal shows of each line, as each state overwrites the one before. */
function visibleLines(text: string): string[] {
  const lines = text.split("\n").map((line) => line.split("\r").findLast((state) => state) ?? "");
  if (lines.at(-1) === "") lines.pop();
  return lines;
}

/** What is to be read of a stream, found by a program that knows nothing of chunks. */
function expectedOf(stream: string, { protocol, killed = false }: Options = {}): Read {
  const handler = protocol?.() ?? new ProtocolHandler();
  const isSignal = (text: string) => !/log|malformed/.test(handler.parse(text, "stdout").kind);
  let kept = "";
  const log: string[] = [];
  for (const [line] of stream.matchAll(/[^\n]*\n|[^\n]+$/g)) {
    let standing: string | undefined;
    let hasText = false;
    for (const [state, text] of line.matchAll(/(?:^\r*)?([^\r\n]*)(?:\r+\n?|\n|$)/g)) {
      if (state === "") continue;
      const isFragment = !/[\r\n]$/.test(state);
      const isEmptyLine = text === "" && state.endsWith("\n");
      if ((text !== "" || isEmptyLine) && !(isFragment && killed) && isSignal(text!)) {
        standing = undefined;
        if (hasText && state.endsWith("\n")) kept += "\n";
        continue;
      }
      kept += state;
      if (text === "" && !isEmptyLine) continue;
      standing = text;
      hasText = true;
    }
    if (standing !== undefined) log.push(standing);
  }
  return { log, kept, shown: log };
}

const pattern = () => new PatternProtocol(/^(?<percent>\d+)%/);
const json = (): Protocol => ({
  parse: (line) =>
    line.startsWith('{"done"')
      ? { kind: "progress", done: JSON.parse(line).done }
      : { kind: "log" },
});

const CASES: [name: string, printed: string, kept: string, log: string[], options?: Options][] = [
  ["nothing", "", "", []],
  ["signals alone", "PROGRESS: 1\nSTATUS: SUCCESS\nMESSAGE: hello\n", "", []],
  [
    "signals between lines",
    "a\nPROGRESS: 1\nb\nMESSAGE: m\nMESSAGE: n\nc\n",
    "a\nb\nc\n",
    ["a", "b", "c"],
  ],
  [
    "values that do not parse",
    "PROGRESS: many\nSTATUS: FINE\nprogress: 1\n",
    "PROGRESS: many\nSTATUS: FINE\nprogress: 1\n",
    ["PROGRESS: many", "STATUS: FINE", "progress: 1"],
  ],
  ["no newline at the end", "a\nb", "a\nb", ["a", "b"]],
  ["a signal without a newline", "a\nPROGRESS: 2", "a\n", ["a"]],
  [
    "a signal that a kill cut off",
    "a\nPROGRESS: 2",
    "a\nPROGRESS: 2",
    ["a", "PROGRESS: 2"],
    { killed: true },
  ],
  ["a signal whose end the kill left", "a\rPROGRESS: 2\n", "a\r\n", [], { killed: true }],
  ["CRLF", "PROGRESS: 2\r\na\r\n\r\n", "a\r\n\r\n", ["a", ""]],
  ["CR CR LF", "PROGRESS: 2\r\r\na\r\r\n", "a\r\r\n", ["a"]],
  [
    "bytes that are no text",
    "\xff\xfe\0\n\xc3PROGRESS: 1\nPROGRESS: 1\n\x80",
    "\xff\xfe\0\n\xc3PROGRESS: 1\n\x80",
    ["\ufffd\ufffd\0", "\ufffdPROGRESS: 1", "\ufffd"],
  ],
  ["a byte order mark", "\xef\xbb\xbfa\nb\n", "\xef\xbb\xbfa\nb\n", ["a", "b"]],
  ["a byte order mark in front of a signal", "\xef\xbb\xbfPROGRESS: 1\nb\n", "b\n", ["b"]],
  ["empty lines", "\n\nPROGRESS: 1\n\n", "\n\n\n", ["", "", ""]],
  ["a rewritten line", "wait\rwait.\rdone\nnext\n", "wait\rwait.\rdone\nnext\n", ["done", "next"]],
  ["text that stands at the end", "wait\rgave up\r", "wait\rgave up\r", ["gave up"]],
  ["text that stands at a newline", "wait\rgave up\r\nbye\n", "wait\rgave up\r\nbye\n", [
    "gave up",
    "bye",
  ]],
  ["returns and nothing else", "\r\r", "\r\r", []],
  ["returns around text", "\r\r\rhere\r\r\r\n", "\r\r\rhere\r\r\r\n", ["here"]],
  ["a signal over text", "working\rPROGRESS: 1\nnext\n", "working\r\nnext\n", ["next"]],
  ["signals over text", "working\rPROGRESS: 1\rPROGRESS: 2\r\nnext\n", "working\r\nnext\n", [
    "next",
  ]],
  ["a signal over text at the end", "working\rPROGRESS: 1", "working\r", []],
  ["text over a signal", "PROGRESS: 1\rdone\n", "done\n", ["done"]],
  ["signals over each other", "\rPROGRESS: 1\rPROGRESS: 2\rPROGRESS: 3\na\n", "a\n", ["a"]],
  ["a pattern", "50%\ndata\nMESSAGE: m\n", "data\n", ["data"], { protocol: pattern }],
  ["a bar", "\r10%\r20%\r30%\n\rdone\r\n", "\rdone\r\n", ["done"], { protocol: pattern }],
  [
    "a bar between text",
    "start\r10%\rwait\rwait.\r30%\n\rdone\n",
    "start\rwait\rwait.\r\n\rdone\n",
    ["done"],
    { protocol: pattern },
  ],
  [
    "a protocol of one's own",
    '{"done":1}\nMESSAGE: a line of the result\ndata\n',
    "MESSAGE: a line of the result\ndata\n",
    ["MESSAGE: a line of the result", "data"],
    { protocol: json },
  ],
  [
    "a protocol that throws",
    '{"done":1}\na\n{"done"\n{"done":2}\n',
    'a\n{"done"\n{"done":2}\n',
    ["a", '{"done"', '{"done":2}'],
    { protocol: json },
  ],
];

for (const [name, printed, kept, log, options] of CASES) {
  Deno.test(`outputs get the bytes of all that is no signal: ${name}`, async () => {
    for (const chunks of everyCut(toBytes(printed))) {
      assertEquals(await read(chunks, options), { log, kept, shown: log });
    }
  });
}

Deno.test("outputs get the bytes of all that is no signal, of any lines in any chunks", async () => {
  const words = ["", "a", "PROGRESS: 1", "PROGRESS: x", "MESSAGE: m", "STATUS: RUNNING", "PROG"];
  const ends = ["\n", "\n", "\r\n", "\r", "\r\r\n"];
  await forSeeds(300, async (random) => {
    const parts = Array.from(
      { length: random.integer(20) },
      () => random.pick([...words, "50%"]) + random.pick(ends),
    );
    const stream = parts.join("") + random.pick(words);
    const options = {
      protocol: random.pick([undefined, pattern]),
      killed: random.pick([true, false]),
    };
    const chunks = cut(toBytes(stream), () => 1 + random.integer(random.pick([2, 30, 1000])));
    assertEquals(await read(chunks, options), expectedOf(stream, options));
  });
});

Deno.test("a line beyond the cap is decided by what is read of it, and kept whole", async () => {
  const long = "x".repeat(MAX_LINE_BYTES + 7);
  const [text, next] = [`${long}\nPROGRESS: 1\na`, `a\nMESSAGE: ${long}${long}\r\nb\n`];
  const sizes = [Infinity, 7, 1_000, 2 * MAX_LINE_BYTES];
  for (const size of sizes) {
    const one = await read(cut(toBytes(text), () => size));
    assertEquals([one.kept, one.log], [`${long}\na`, [long.slice(7), "a"]]);
    const two = await read(cut(toBytes(next), () => size));
    assertEquals([two.kept, two.log], ["a\nb\n", ["a", "b"]]);
    const over = await read(cut(toBytes(`${long}\rPROGRESS: 1\n${long}\rb\n`), () => size));
    assertEquals([over.kept, over.log], [`${long}\r\n${long}\rb\n`, ["b"]]);
  }
});

Deno.test("a thousand states of one line are one line", async () => {
  const states = Array.from({ length: 1000 }, (_, index) => `step ${index}\r`).join("");
  const { log, kept } = await read(cut(toBytes(states), () => 100));
  assertEquals([log, kept], [["step 999"], states]);
});

/** Reads progress lines from their bytes, from 0 to 5, and notes what it is given. */
async function readProgressLines(chunks: readonly Uint8Array[]): Promise<(number | string)[]> {
  const taken: (number | string)[] = [];
  const sink = sinkOf((text) => {
    taken.push(text);
    return "text";
  });
  const takeProgress = (done: number) => void taken.push(done);
  const stream = ReadableStream.from(chunks);
  await new StreamReader(stream, { sink: { ...sink, maxProgress: 5, takeProgress } }).read();
  return taken;
}

Deno.test("of progress lines that go up, the first and the last are given, and each that is an anomaly", async () => {
  const printed = ["1", "2", "1", "1", "7", "8", "6", "3", "4"].map((done) =>
    `PROGRESS: ${done}\n`
  );
  printed.splice(6, 0, "log\n");
  assertEquals(await readProgressLines([toBytes(printed.join(""))]), [
    1,
    2,
    1,
    7,
    8,
    "log",
    6,
    3,
    4,
  ]);
});

Deno.test("progress lines are found behind characters of several bytes", async () => {
  // Counted in characters, the last line is where the one before it is in bytes.
  const bytes = toBytes(`${"\xc3\xa9".repeat(12)}\nPROGRESS: 1\nlog\n`);
  const read = await readProgressLines([bytes]);
  assertEquals(read, ["é".repeat(12), "PROGRESS: 1", "log"]);
});

Deno.test("a tracker counts the same whatever progress lines arrive together", async () => {
  await forSeeds(200, async (random) => {
    const numbers = Array.from({ length: random.integer(20) }, () => random.integer(8));
    const clock = new FakeClock();
    const trackers = Array.from(
      { length: 2 },
      () => new ProgressTracker({ size: 5, clock, emit: () => {} }),
    );
    const [expected, tracker] = trackers;
    for (const done of numbers) expected!.takeProgress(done);
    const printed = toBytes(numbers.map((done) => `PROGRESS: ${done}\n`).join(""));
    const chunks = cut(printed, () => 1 + random.integer(100));
    const sink = new OverwrittenLines(tracker!, "stdout");
    await new StreamReader(ReadableStream.from(chunks), { sink }).read();
    const facts = trackers.map(({ progress, anomalies }) => ({ progress, anomalies }));
    assertEquals(facts[1], facts[0], `${numbers}`);
    for (const each of trackers) each[Symbol.dispose]();
  });
});

/** A reader, and a stream that is written by hand. */
function byHand() {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  let next = Promise.withResolvers<string>();
  const take = (line: string) => {
    next.resolve(line);
    return "text" as const;
  };
  const reader = new StreamReader(readable, { sink: sinkOf(take) });
  const line = async () => {
    const line = await next.promise;
    next = Promise.withResolvers();
    return line;
  };
  const writer = writable.getWriter();
  return { reader, line, writer, write: (text: string) => writer.write(toBytes(text)) };
}

Deno.test("a state is taken as soon as a newline or a carriage return ends it", async () => {
  const { reader, line, writer, write } = byHand();
  const reading = reader.read();
  for (const text of ["first\n", "10%\r", "20%\r", "\nlast\n"]) {
    await write(text);
    assertEquals(await line(), text.trim());
  }
  await writer.close();
  assertEquals(await reading, undefined);
});

Deno.test("nothing is read before it begins", async () => {
  let pulls = 0;
  const stream = new ReadableStream<Uint8Array>({
    pull: (controller) => {
      pulls++;
      controller.close();
    },
  }, { highWaterMark: 0 });
  const reader = new StreamReader(stream, { sink: sinkOf(() => "text") });
  await new Promise((resolve) => setTimeout(resolve));
  assertEquals([pulls, stream.locked], [0, false]);
  await reader.read();
  assertEquals(pulls, 1);
});

Deno.test("what came before the stream was abandoned is taken, a fragment too", async () => {
  const { reader, line, writer, write } = byHand();
  const reading = reader.read();
  await write("a\nb");
  reader.abandon();
  assertEquals([await line(), (await reading)?.text], ["a", "b"]);
  await writer.closed.catch(() => {});
});

Deno.test("a stream that breaks is one that has ended", async () => {
  const broken = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(toBytes("a\nb")),
    pull: () => Promise.reject(new Error("pipe broke")),
  }, { highWaterMark: 0 });
  const lines: string[] = [];
  const take = (line: string) => {
    lines.push(line);
    return "text" as const;
  };
  const fragment = await new StreamReader(broken, { sink: sinkOf(take) }).read();
  assertEquals([lines, fragment?.text], [["a"], "b"]);
});

Deno.test("the next chunk waits for those who keep the bytes of the last one", async () => {
  const order: string[] = [];
  let chunks = 0;
  const stream = new ReadableStream<Uint8Array>({
    pull: (controller) => {
      order.push("read");
      chunks++ < 2 ? controller.enqueue(toBytes("a\n")) : controller.close();
    },
  }, { highWaterMark: 0 });
  const write = async () => {
    await new Promise((resolve) => setTimeout(resolve, 5));
    order.push("kept");
  };
  const kept = { write, overwrite: () => undefined };
  await new StreamReader(stream, { sink: sinkOf(() => "text"), kept }).read();
  assertEquals(order, ["read", "kept", "read", "kept", "read"]);
});

Deno.test("an error of the one who takes the lines is an error of the reader", async () => {
  const take = () => {
    throw new Error("taken wrongly");
  };
  const stream = ReadableStream.from([toBytes("a\n")]);
  const reader = new StreamReader(stream, { sink: sinkOf(take) });
  await assertRejects(() => reader.read(), Error, "taken wrongly");
});

Deno.test("timers have their turn though a stream brings more before anything has to wait", async () => {
  const chunk = new TextEncoder().encode(`${"x".repeat(1023)}\n`.repeat(64));
  let chunks = 0;
  let hadTurn = false;
  const stream = new ReadableStream({
    pull(controller) {
      chunks++;
      if (hadTurn || chunks === 200_000) controller.close();
      else controller.enqueue(chunk);
    },
  });
  const tracker = new ProgressTracker({ size: 1, clock: new FakeClock(), emit: () => {} });
  const timer = setTimeout(() => hadTurn = true, 50);
  await new StreamReader(stream, { sink: new OverwrittenLines(tracker, "stdout") }).read();
  clearTimeout(timer);
  tracker[Symbol.dispose]();
  assert(hadTurn, `no turn among ${chunks} chunks`);
});
