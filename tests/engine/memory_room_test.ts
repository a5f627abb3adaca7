import { assertEquals } from "@std/assert";
import { type MemoryNeed, MemoryRoom } from "../../src/engine/memory_room.ts";
import { FakeClock } from "../helpers/fake_clock.ts";

/** A room of a system whose free memory a test sets. */
function room(free: number | undefined) {
  const system = { free };
  const clock = new FakeClock();
  const memory = new MemoryRoom({ clock, free: () => system.free });
  const control = new AbortController();
  const log: string[] = [];
  const wait = (name: string, need: Partial<MemoryNeed> = {}) =>
    memory.wait({ bytes: 100, isAlone: false, ...need }, {
      signal: control.signal,
      onWait: () => log.push(`${name} waits`),
    }).then((isIn) => log.push(`${name} ${isIn ? "goes on" : "is stopped"}`));
  return { system, clock, memory, control, log, wait };
}

Deno.test("an attempt goes on at once if there is room, or if no other one runs", async () => {
  const { system, memory, log, wait } = room(125);
  memory.enter();
  await wait("a");
  system.free = 0;
  memory.leave({ bytes: 100, isAlone: false });
  memory.leave();
  await wait("b");
  assertEquals(log, ["a goes on", "b goes on"]);
});

Deno.test("it waits until there is room, which is looked for once a second", async () => {
  const { system, clock, memory, log, wait } = room(124);
  memory.enter();
  const waiting = wait("a");
  await clock.advance(5_000);
  assertEquals(log, ["a waits"]);
  system.free = 125;
  await clock.advance(1_000);
  await waiting;
  assertEquals(log, ["a waits", "a goes on"]);
});

Deno.test("it waits until the others have ended, where it is not known what is free", async () => {
  const { memory, log, wait } = room(undefined);
  memory.enter();
  memory.enter();
  const waiting = wait("a");
  memory.leave();
  assertEquals(log, ["a waits"]);
  memory.leave();
  await waiting;
  assertEquals(log, ["a waits", "a goes on"]);
});

Deno.test("one that has run out of memory twice waits for the others whatever there is", async () => {
  const { memory, log, wait } = room(1e12);
  memory.enter();
  const waiting = wait("a", { isAlone: true });
  assertEquals(log, ["a waits"]);
  memory.leave();
  await waiting;
  assertEquals(log, ["a waits", "a goes on"]);
});

Deno.test("of several that wait, one goes on at a time, and none waits for ever", async () => {
  const { memory, log, wait } = room(0);
  memory.enter();
  const all = ["a", "b", "c"].map((name) => wait(name));
  memory.leave();
  const need = { bytes: 100, isAlone: false };
  for (const waiting of all) {
    await waiting;
    memory.leave(need);
  }
  assertEquals(log, [
    ...["a waits", "b waits", "c waits"],
    ...["a goes on", "b goes on", "c goes on"],
  ]);
});

Deno.test("what those need that have just gone on is not free to others", async () => {
  const { system, clock, memory, log, wait } = room(200);
  memory.enter();
  await wait("a");
  const waiting = wait("b");
  system.free = 225;
  await clock.advance(1_000);
  await waiting;
  assertEquals(log, ["a goes on", "b waits", "b goes on"]);
});

Deno.test("a stop ends the wait", async () => {
  const { control, memory, log, wait } = room(0);
  memory.enter();
  const waiting = wait("a");
  control.abort();
  await waiting;
  assertEquals(log, ["a waits", "a is stopped"]);
});
