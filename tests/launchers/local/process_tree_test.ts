import { assertEquals } from "@std/assert";
import { ProcessTree } from "../../../src/launchers/local/process_tree.ts";

Deno.test("a tree that no look has seen has no usage", () => {
  const tree = new ProcessTree(1, 0);
  assertEquals([tree.usage(), tree.used(100)], [undefined, undefined]);
});

Deno.test("the peak is that of a look, or the one that the kernel keeps", () => {
  const tree = new ProcessTree(1, 0);
  tree.note({ at: 100, ticks: 5, rss: 500 });
  tree.note({ at: 200, ticks: 10, rss: 300 });
  assertEquals(tree.used(200), { cpuSeconds: 0.1, peakRss: 500 });
  tree.note({ at: 300, ticks: 10, rss: 300, peak: 800 });
  assertEquals(tree.used(300), { cpuSeconds: 0.1, peakRss: 800 });
  assertEquals(tree.usage()?.rss, 300);
});

Deno.test("the time of a child that nobody waited for stays counted", () => {
  const tree = new ProcessTree(1, 0);
  tree.note({ at: 100, ticks: 50, rss: 1 });
  tree.note({ at: 200, ticks: 20, rss: 1 });
  tree.note({ at: 300, ticks: 25, rss: 1 });
  assertEquals(tree.used(300)?.cpuSeconds, 0.55);
  // The kernel has the time of its leader alone.
  tree.noteEnd(27);
  assertEquals(tree.used(300)?.cpuSeconds, 0.57);
});

Deno.test("the processors in use are those of the last second", () => {
  const tree = new ProcessTree(1, 0);
  tree.note({ at: 500, ticks: 100, rss: 1 });
  assertEquals(tree.usage()?.cpu, 2);
  for (let at = 750; at <= 2_500; at += 250) tree.note({ at, ticks: 100, rss: 1 });
  assertEquals(tree.usage()?.cpu, 0);
});

Deno.test("a part of its life has its own time and its own peak, once four looks have seen it", () => {
  const tree = new ProcessTree(1, 0);
  tree.note({ at: 250, ticks: 100, rss: 900 });
  tree.mark(300);
  for (const [index, rss] of [10, 40, 20].entries()) {
    tree.note({ at: 500 + 250 * index, ticks: 110 + 25 * index, rss });
  }
  assertEquals(tree.used(1_000), undefined);
  tree.note({ at: 1_250, ticks: 185, rss: 20 });
  // 0.75 s of processor time in the 750 ms between its first and its last look, of 1,000 ms.
  assertEquals(tree.used(1_300), { cpuSeconds: 1, peakRss: 40 });
  tree.mark(1_300);
  assertEquals(tree.used(1_400), undefined);
});
