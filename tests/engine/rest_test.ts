// The output of many workers is read less often; nothing is judged by what is not read yet.
import { assert, assertEquals } from "@std/assert";
import type { Launcher, WorkerProcess } from "@lambdawaker/executor/launchers";
import { ReadPace } from "../../src/output/read_pace.ts";
import { FakeClock } from "../helpers/fake_clock.ts";
import { runJob } from "../helpers/run_job.ts";

Deno.test("a worker that reports in time is not stalled, however many there are", async () => {
  const clock = new FakeClock({ isOnlyClock: true });
  const others = Array.from({ length: 64 }, () => new ReadPace(clock));
  for (const other of others) other.start();
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const writer = writable.getWriter();
  const { promise: status, resolve: exit } = Promise.withResolvers<
    Awaited<WorkerProcess["status"]>
  >();
  const launcher: Launcher = {
    launch: () => ({
      pid: 1,
      stdout: readable,
      stderr: ReadableStream.from<Uint8Array>([]),
      status,
      kill: (signal) => exit({ kind: "signaled", signal }),
      groupIsAlive: () => false,
    }),
  };
  const running = runJob({ totalItems: 20, numWorkers: 1, stallTimeout: 400 }, () => ["work"], {
    launcher,
    clock,
  });
  for (let done = 1; done <= 20; done++) {
    await clock.advance(200);
    await writer.write(new TextEncoder().encode(`PROGRESS: ${done}\n`));
  }
  await writer.close();
  exit({ kind: "exited", code: 0 });
  await clock.advance(1_000);
  const { summary } = await running;
  for (const other of others) other.stop();
  assertEquals([summary.ok, summary.failures], [true, []]);
});

/** Returns how many events the progress of a worker on another node has, which prints 20 lines in two seconds. */
async function eventsOf(outputMayWait: boolean | undefined): Promise<number> {
  const clock = new FakeClock({ isOnlyClock: true });
  const others = Array.from({ length: 64 }, () => new ReadPace(clock));
  for (const other of others) other.start();
  const { promise: status, resolve: exit } = Promise.withResolvers<
    Awaited<WorkerProcess["status"]>
  >();
  let stdout: ReadableStreamDefaultController<Uint8Array>;
  const launcher: Launcher = {
    launch: () => ({
      pid: 1,
      placement: Promise.resolve({ node: "n1" }),
      outputMayWait,
      stdout: new ReadableStream({ start: (controller) => void (stdout = controller) }),
      stderr: ReadableStream.from<Uint8Array>([]),
      status,
      kill() {},
      groupIsAlive: () => false,
    }),
  };
  const running = runJob({ totalItems: 20, numWorkers: 1 }, () => ["work"], { launcher, clock });
  for (let done = 1; done <= 20; done++) {
    await clock.advance(100);
    stdout!.enqueue(new TextEncoder().encode(`PROGRESS: ${done}\n`));
  }
  stdout!.close();
  exit({ kind: "exited", code: 0 });
  await clock.advance(1_000);
  const { events } = await running;
  for (const other of others) other.stop();
  return events.filter(({ kind }) => kind === "progress").length;
}

Deno.test("the output of a worker on another node is read less often only if it may wait", async () => {
  assert(await eventsOf(undefined) >= 18);
  assert(await eventsOf(false) >= 18);
  assert(await eventsOf(true) <= 7);
});
