import { assert, assertEquals } from "@std/assert";
import { Samples } from "../../../src/report/history/samples.ts";

Deno.test("samples are bounded in number, in order, and keep the first and the last", () => {
  const samples = new Samples();
  for (let at = 0; at <= 1_000_000; at += 37) samples.add(at, at / 10);
  const { points } = samples;
  assert(points.length <= 1_000 && points.length >= 300, `${points.length} samples`);
  assertEquals(points[0], [0, 0]);
  assertEquals(points.at(-1)![0], 1_000_000 - 1_000_000 % 37);
  for (let index = 1; index < points.length; index++) {
    assert(points[index]![0] > points[index - 1]![0]);
  }
});

Deno.test("a rise before a long pause stays visible", () => {
  const samples = new Samples();
  for (const [at, done] of [[0, 0], [10, 50], [20, 100], [90_000, 100]]) samples.add(at!, done!);
  assertEquals(samples.points, [[0, 0], [20, 100], [90_000, 100]]);
});

Deno.test("changes of samples add up to the samples", () => {
  const samples = new Samples();
  let copy: readonly unknown[] = [];
  for (let at = 0; at < 300_000; at += 61) {
    samples.add(at, at);
    if (at % 5 !== 0) continue;
    const { from, points } = samples.drainChanged();
    copy = [...copy.slice(0, from), ...points];
    assertEquals(copy, samples.points as readonly unknown[]);
  }
});
