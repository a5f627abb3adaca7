// Slots on a made-up clock: no thing is used more often than it may be, and each slot comes back.
import { assert, assertEquals } from "@std/assert";
import { sleep } from "../../src/base/clock.ts";
import { type Slot, Slots } from "../../src/engine/slots.ts";
import { WorkerSlots } from "../../src/engine/worker_slots.ts";
import { FakeClock } from "../helpers/fake_clock.ts";
import { forSeeds } from "../helpers/random.ts";

const NEVER = new AbortController().signal;

/** Takes slots that must be free. */
async function takeAll<T>(slots: Slots<T>, count: number): Promise<Slot<T>[]> {
  return await Promise.all(Array.from({ length: count }, async () => (await slots.take(NEVER))!));
}

Deno.test("no thing is ever used more often than it may be, and all slots come back", async () => {
  await forSeeds(200, async (random) => {
    const clock = new FakeClock({ isOnlyClock: true });
    const each = 1 + random.integer(3);
    const names = Array.from({ length: 1 + random.integer(4) }, (_, index) => `gpu-${index}`);
    const slots = new Slots(names, { each });
    const used = new Map(names.map((name) => [name, 0]));
    let [held, most, waiting] = [0, 0, 0];
    /** Takes slots, some of them in vain, and gives some back twice. */
    const work = async () => {
      for (let turn = 0; turn < 5; turn++) {
        await sleep(clock, random.integer(20));
        const control = new AbortController();
        if (random.next() < 0.2) clock.after(random.integer(30), () => control.abort());
        waiting++;
        const slot = await slots.take(control.signal);
        waiting--;
        if (slot === undefined) {
          assert(control.signal.aborted, "only those who give up get none");
          continue;
        }
        const count = used.get(slot.value)! + 1;
        assert(count <= each, `${slot.value} is used by ${count}`);
        used.set(slot.value, count);
        most = Math.max(most, ++held);
        await sleep(clock, random.integer(40));
        used.set(slot.value, used.get(slot.value)! - 1);
        held--;
        slot[Symbol.dispose]();
        if (random.next() < 0.3) slot[Symbol.dispose]();
      }
    };
    const workers = Array.from({ length: 1 + random.integer(12) }, work);
    const all = Promise.all(workers);
    // A failure shows at once.
    all.catch(() => {});
    for (let time = 0; time < 600; time += 5) {
      await clock.advance(5);
      assert(waiting === 0 || held === names.length * each, "nobody waits while a slot is free");
    }
    await clock.advance(5_000);
    await all;
    assert(most >= 1 && most <= names.length * each);
    const again = await takeAll(slots, names.length * each);
    assertEquals(new Set(again.map(({ value }) => value)).size, names.length);
  });
});

Deno.test("slots are spread over all things before one is used twice", async () => {
  const slots = new Slots(["a", "b", "c"], { each: 2 });
  const taken = await takeAll(slots, 6);
  assertEquals(taken.map(({ value }) => value), ["a", "b", "c", "a", "b", "c"]);
  taken[4]![Symbol.dispose]();
  assertEquals((await takeAll(slots, 1)).map(({ value }) => value), ["b"]);
});

Deno.test("those who wait get slots in their order, and those who give up get none", async () => {
  const slots = new Slots(["a"], { each: 1 });
  const [first] = await takeAll(slots, 1);
  const control = new AbortController();
  const got: string[] = [];
  const wait = async (name: string, signal = NEVER) => {
    const slot = await slots.take(signal);
    got.push(`${name} ${slot?.value ?? "none"}`);
    slot?.[Symbol.dispose]();
  };
  const all = Promise.all([wait("one"), wait("two", control.signal), wait("three")]);
  control.abort();
  first![Symbol.dispose]();
  await all;
  assertEquals(got, ["two none", "one a", "three a"]);
});

Deno.test("a worker that gives up between two things gives the first one back", async () => {
  const slots = new WorkerSlots({ gpus: ["0", "1"], processors: [[0, 1]] });
  const first = (await slots.take(NEVER))!;
  assertEquals([first.gpu, first.processors], ["0", [0, 1]]);
  const control = new AbortController();
  const second = slots.take(control.signal);
  control.abort();
  assertEquals(await second, undefined);
  first[Symbol.dispose]();
  const both = (await slots.take(NEVER))!;
  assertEquals(both.processors, [0, 1]);
  both[Symbol.dispose]();
  assertEquals((await slots.take(NEVER))!.gpu, "1");
});
