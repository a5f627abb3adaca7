import { assertEquals } from "@std/assert";
import type { WorkerProcess } from "@lambdawaker/executor/launchers";
import { type Frame, FrameReader, Kind } from "../../../src/launchers/pilot/frames.ts";
import { FrameWriter } from "../../../src/launchers/pilot/frame_writer.ts";
import { HostedWorker } from "../../../src/launchers/pilot/hosted_worker.ts";

Deno.test("what a worker has printed comes before its end, though it is read after that", async () => {
  const frames: Frame[] = [];
  const reader = new FrameReader();
  const writer = new FrameWriter((bytes) => {
    frames.push(...reader.read(bytes));
    return Promise.resolve();
  }, () => {});
  const pipe = Promise.withResolvers<Uint8Array>();
  const process: WorkerProcess = {
    pid: 1,
    status: Promise.resolve({ kind: "exited", code: 0 }),
    stdout: ReadableStream.from((async function* () {
      yield await pipe.promise;
    })()),
    stderr: ReadableStream.from<Uint8Array>([]),
    kill() {},
    groupIsAlive: () => false,
  };
  const lossReason = () => Promise.resolve(undefined);
  const worker = new HostedWorker({ worker: 1, process, writer, lossReason });
  await process.status;
  // The end is known; the pipe still has what was printed.
  setTimeout(() => pipe.resolve(new Uint8Array(7)));
  await worker.over;
  await writer.drained();
  const kinds = frames.map(({ kind }) => kind).filter((kind) => kind !== Kind.stderrEnd);
  assertEquals(kinds, [Kind.stdout, Kind.stdoutEnd, Kind.exit]);
});
