import { assertEquals } from "@std/assert";
import { FrameReader, Kind, textOf } from "../../../src/launchers/pilot/frames.ts";
import { FrameWriter } from "../../../src/launchers/pilot/frame_writer.ts";

/** A pipe that takes one batch whenever it is asked to. */
class SlowPipe {
  readonly taken: string[] = [];
  readonly #reader = new FrameReader();
  readonly #waiting: { bytes: Uint8Array; resolve: () => void }[] = [];

  readonly write = (bytes: Uint8Array): Promise<void> => {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.push({ bytes, resolve });
    return promise;
  };

  async take(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve));
    const next = this.#waiting.shift();
    if (next === undefined) return;
    for (const frame of this.#reader.read(next.bytes)) {
      const isData = frame.kind === Kind.stdout;
      this.taken.push(isData ? `${frame.worker}:${frame.payload[0]}` : textOf(frame));
    }
    next.resolve();
  }
}

Deno.test("a sign of life passes data that waits", async () => {
  const pipe = new SlowPipe();
  const writer = new FrameWriter(pipe.write, () => {});
  const data = new Uint8Array(65_536);
  for (let part = 0; part < 8; part++) {
    writer.ordered(Kind.stdout, 1, data.fill(part));
  }
  await pipe.take();
  writer.control(Kind.warning, 0, "sign");
  await pipe.take();
  await pipe.take();
  assertEquals(pipe.taken.slice(0, 6), ["1:0", "1:1", "1:2", "1:3", "sign", "1:4"]);
});

Deno.test("workers take turns, and each keeps its order", async () => {
  const pipe = new SlowPipe();
  const writer = new FrameWriter(pipe.write, () => {});
  const data = new Uint8Array(65_536);
  for (let part = 0; part < 3; part++) {
    for (const worker of [1, 2]) writer.ordered(Kind.stdout, worker, data.fill(part));
  }
  for (let batch = 0; batch < 3; batch++) await pipe.take();
  assertEquals(pipe.taken, ["1:0", "2:0", "1:1", "2:1", "1:2", "2:2"]);
});

Deno.test("a pipe that breaks is told once, and the rest is dropped", async () => {
  const errors: string[] = [];
  const writer = new FrameWriter(
    () => Promise.reject(new Error("broken")),
    (error) => void errors.push(`${error}`),
  );
  writer.control(Kind.ping);
  await writer.drained();
  writer.control(Kind.ping);
  await writer.drained();
  assertEquals(errors, ["Error: broken"]);
});

Deno.test("output that may wait goes out together, in its order", async () => {
  const batches: number[][] = [];
  const writer = new FrameWriter((bytes) => {
    batches.push(Array.from(new FrameReader().read(bytes), ({ worker }) => worker));
    return Promise.resolve();
  }, () => {});
  for (const worker of [1, 2]) {
    writer.gathered(Kind.stdout, worker, new Uint8Array(9));
    await Promise.resolve();
    await Promise.resolve();
  }
  assertEquals(batches, []);
  writer.ordered(Kind.exit, 1);
  await writer.drained();
  assertEquals(batches, [[1, 2, 1]]);
});

Deno.test("output does not wait for long, and not if it is much", async () => {
  let bytes = 0;
  const { promise, resolve } = Promise.withResolvers<void>();
  const writer = new FrameWriter((batch) => {
    bytes += batch.length;
    resolve();
    return Promise.resolve();
  }, () => {});
  writer.gathered(Kind.stdout, 1, new Uint8Array(9));
  await promise;
  assertEquals(bytes, 18);
  writer.gathered(Kind.stdout, 1, new Uint8Array(65_536));
  await Promise.resolve();
  await Promise.resolve();
  assertEquals(bytes, 18 + 65_545);
});
