import { assert, assertEquals, assertRejects } from "@std/assert";
import { ByteQueue } from "../../src/output/byte_queue.ts";
import { BLOCK_BYTES, Spool } from "../../src/output/spool.ts";
import { LINUX, needs, testWith } from "../helpers/needs.ts";
import { forSeeds, type Random } from "../helpers/random.ts";
import { withoutTempFiles } from "../helpers/temp_files.ts";

function someBytes(random: Random): Uint8Array {
  const most = random.pick([10, 1_000, 3 * BLOCK_BYTES]);
  const first = random.integer(256);
  return Uint8Array.from({ length: random.integer(most) }, (_, at) => first + at * 7);
}

function sum(bytes: Uint8Array): string {
  return `${bytes.length} ${bytes.reduce((hash, byte) => (hash * 31 + byte) | 0, 0)}`;
}

function concat(before: Uint8Array, after: Uint8Array): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(before.length + after.length);
  all.set(before);
  all.set(after, before.length);
  return all;
}

/** Takes all that a queue holds. */
async function drain(queue: ByteQueue): Promise<Uint8Array> {
  let all = new Uint8Array();
  while (!queue.isEmpty) all = concat(all, await queue.take());
  return all;
}

Deno.test("queues give back what they were given, in order, whatever is in memory and on disk", async () => {
  await forSeeds(40, async (random) => {
    const spool = new Spool(random.pick([0, 100_000, 1 << 20]));
    const queues = Array.from({ length: 3 }, () => ({
      queue: new ByteQueue(spool),
      model: new Uint8Array(),
    }));
    for (let step = 0; step < 30; step++) {
      const [one, other] = [random.pick(queues), random.pick(queues)];
      switch (random.integer(8)) {
        case 0:
          one.queue.clear();
          one.model = new Uint8Array();
          break;
        case 1:
          if (one === other) break;
          one.queue.append(other.queue);
          one.model = concat(one.model, other.model);
          other.model = new Uint8Array();
          break;
        case 2: {
          const taken = await one.queue.take();
          assertEquals(sum(taken), sum(one.model.subarray(0, taken.length)));
          assert(taken.length > 0 || one.model.length === 0);
          one.model = one.model.slice(taken.length);
          break;
        }
        default: {
          const bytes = someBytes(random);
          one.queue.write(bytes);
          one.model = concat(one.model, bytes);
        }
      }
      for (const { queue, model } of queues) assertEquals(queue.length, model.length);
      // What is taken while it is on its way to the disk is not lost either.
      const settled = spool.settle();
      if (random.integer(2) === 0) await settled;
    }
    await spool.settle();
    for (const { queue, model } of queues) assertEquals(sum(await drain(queue)), sum(model));
    await spool.close();
  });
});

const onLinux = needs(LINUX);

testWith(
  "the room of what was taken is used again, and given back in the end",
  onLinux,
  async () => {
    const spool = new Spool(0);
    const queue = new ByteQueue(spool);
    const block = new Uint8Array(BLOCK_BYTES);
    /** The sizes of all temporary files of this process, of which other tests have some. */
    const sizes = () =>
      new Map(
        Array.from(Deno.readDirSync("/proc/self/fd")).flatMap(({ name }): [string, number][] => {
          const path = `/proc/self/fd/${name}`;
          try {
            const target = Deno.readLinkSync(path);
            return target.includes("executor-output-") ? [[target, Deno.statSync(path).size]] : [];
          } catch {
            // It was the one that lists them, or is closed.
            return [];
          }
        }),
      );
    const withSize = (size: number) => Array.from(sizes()).find(([, other]) => other === size)?.[0];
    let own: string | undefined;
    for (let round = 0; round < 20; round++) {
      queue.write(block);
      queue.write(block);
      await spool.settle();
      assertEquals((await queue.take()).length, BLOCK_BYTES);
      if (round >= 15) await queue.take();
      if (round === 4) own = withSize(6 * BLOCK_BYTES);
    }
    assert(own !== undefined);
    assertEquals(sizes().get(own), 17 * BLOCK_BYTES);
    await drain(queue);
    await spool.close();
    assert(!sizes().has(own));
    queue.write(block);
    await spool.settle();
    await queue.take();
    // One operation after the other: what comes after the truncation is done after it.
    queue.write(block);
    await spool.settle();
    assert(withSize(BLOCK_BYTES) !== undefined);
    queue.clear();
    await spool.close();
  },
);

Deno.test("what cannot go to disk stays in memory, and is told", async () => {
  await withoutTempFiles(async () => {
    const spool = new Spool(10);
    const queue = new ByteQueue(spool);
    queue.write(new Uint8Array(BLOCK_BYTES).fill(7));
    await assertRejects(async () => await spool.settle(), Deno.errors.NotFound);
    assertEquals(sum(await drain(queue)), sum(new Uint8Array(BLOCK_BYTES).fill(7)));
    assertEquals(spool.settle(), undefined);
  });
});
