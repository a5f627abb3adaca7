import { assertEquals } from "@std/assert";
import { Window, WINDOW_BYTES, windowFor } from "../../../src/launchers/pilot/window.ts";

Deno.test("a window lets no more through than its reader has room for", async () => {
  const window = new Window(WINDOW_BYTES);
  assertEquals(await window.take(WINDOW_BYTES - 1), WINDOW_BYTES - 1);
  assertEquals(await window.take(100), 1);
  const waiting = window.take(100);
  window.give(30);
  assertEquals(await waiting, 30);
});

Deno.test("a window that is closed lets nothing through", async () => {
  const window = new Window(WINDOW_BYTES);
  await window.take(WINDOW_BYTES);
  const waiting = window.take(1);
  window.close();
  assertEquals([await waiting, await window.take(1)], [0, 0]);
});

Deno.test("the more workers there are, the smaller are their windows, within bounds", () => {
  const sizes = [1, 256, 1_000, 8_192, 100_000].map(windowFor);
  assertEquals(sizes, [262_144, 262_144, 67_108, 8_192, 8_192]);
});
