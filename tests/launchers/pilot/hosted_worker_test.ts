import { assertEquals } from "@std/assert";
import type { WorkerProcess } from "@lambdawaker/executor/launchers";
import { type Frame, FrameReader, Kind } from "../../../src/launchers/pilot/frames.ts";
import { FrameWriter } from "../../../src/launchers/pilot/frame_writer.ts";
import { HostedWorker } from "../../../src/launchers/pilot/hosted_worker.ts";
import { WINDOW_BYTES } from "../../../src/launchers/pilot/window.ts";
import { settle } from "../../helpers/fake_clock.ts";
import { until } from "../../helpers/processes.ts";

/** More than may be on the way, and than a pipe holds. */
const MUCH = WINDOW_BYTES + 100_000;

/** Options of {@linkcode exitedWorker}. */
interface ExitedOptions {
  readonly window?: number;
  /** Whether a process of its group is alive. */
  readonly isAlive?: () => boolean;
  readonly stdin?: WritableStream<Uint8Array>;
}

/** A worker that has exited with 0, and what its pilot sends. Its stdout comes later. */
function exitedWorker({ window = WINDOW_BYTES, isAlive = () => false, stdin }: ExitedOptions = {}) {
  const frames: Frame[] = [];
  const reader = new FrameReader();
  const writer = new FrameWriter((bytes) => {
    frames.push(...reader.read(bytes));
    return Promise.resolve();
  }, () => {});
  const stdout = Promise.withResolvers<Uint8Array>();
  const process: WorkerProcess = {
    pid: 1,
    status: Promise.resolve({ kind: "exited", code: 0 }),
    stdout: ReadableStream.from((async function* () {
      yield await stdout.promise;
    })()),
    stderr: ReadableStream.from<Uint8Array>([]),
    stdin,
    kill() {},
    groupIsAlive: isAlive,
  };
  const lossReason = () => Promise.resolve(undefined);
  const worker = new HostedWorker({ worker: 1, process, writer, window, lossReason });
  /** Resolves to the kinds of frames about stdout and the end, in order. */
  const kinds = async () => {
    await writer.drained();
    return frames.map(({ kind }) => kind).filter((kind) => kind !== Kind.stderrEnd);
  };
  const sentBytes = () =>
    frames.filter(({ kind }) => kind === Kind.stdout)
      .reduce((sum, { payload }) => sum + payload.length, 0);
  return { worker, print: stdout.resolve, kinds, sentBytes };
}

Deno.test("what a worker has printed comes before its end, though it is read after that", async () => {
  const { worker, print, kinds } = exitedWorker();
  // The end is known; the pipe still has what was printed.
  setTimeout(() => print(new Uint8Array(7)));
  await worker.over;
  assertEquals(await kinds(), [Kind.stdout, Kind.stdoutEnd, Kind.exit]);
});

Deno.test("the end of a worker waits while its output waits for a reader", async () => {
  const { worker, print, kinds, sentBytes } = exitedWorker();
  print(new Uint8Array(MUCH));
  await until(() => sentBytes() === WINDOW_BYTES, "the window is full");
  // Three times as long as a stream must be quiet if others hold it.
  await new Promise((resolve) => setTimeout(resolve, 300));
  assertEquals((await kinds()).includes(Kind.exit), false);
  worker.give("stdout", WINDOW_BYTES);
  await worker.over;
  assertEquals(sentBytes(), MUCH);
  assertEquals((await kinds()).slice(-2), [Kind.stdoutEnd, Kind.exit]);
});

Deno.test("the end of a worker that is being ended does not wait for a reader", async () => {
  const { worker, print, kinds, sentBytes } = exitedWorker();
  print(new Uint8Array(MUCH));
  await until(() => sentBytes() === WINDOW_BYTES, "the window is full");
  worker.claimAll();
  await until(async () => (await kinds()).at(-1) === Kind.exit, "its end is told");
  worker.give("stdout", WINDOW_BYTES);
  await worker.over;
  assertEquals(sentBytes(), MUCH);
});

Deno.test("output that fills its window is sent at once, and not gathered", async () => {
  const { worker, print, sentBytes } = exitedWorker({ window: 8_192 });
  print(new Uint8Array(16_384));
  await settle();
  assertEquals(sentBytes(), 8_192);
  worker.give("stdout", 8_192);
  await worker.over;
  assertEquals(sentBytes(), 16_384);
});

Deno.test("the end of a worker does not wait for one of its group that prints for ever", async () => {
  let isAlive = true;
  const { worker, print, kinds } = exitedWorker({ isAlive: () => isAlive });
  print(new Uint8Array(MUCH));
  await until(async () => (await kinds()).includes(Kind.exit), "its end is told");
  assertEquals((await kinds()).includes(Kind.stdoutEnd), false);
  isAlive = false;
  worker.give("stdout", WINDOW_BYTES);
  await worker.over;
});

Deno.test("a worker that has ended takes no more input, though its end waits for its output", async () => {
  const { worker, print, kinds } = exitedWorker({ stdin: new WritableStream() });
  print(new Uint8Array(MUCH));
  await until(async () => (await kinds()).includes(Kind.stdinClosed), "its stdin is closed");
  assertEquals((await kinds()).includes(Kind.exit), false);
  worker.give("stdout", WINDOW_BYTES);
  await worker.over;
  assertEquals((await kinds()).at(-1), Kind.exit);
});
