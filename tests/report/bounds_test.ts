// What keeps a report small, whatever the run.
import { assert, assertEquals } from "@std/assert";
import { Failures } from "../../src/report/history/failure_groups.ts";
import { Samples } from "../../src/report/history/samples.ts";
import { shownText } from "../../src/report/history/text.ts";

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

Deno.test("a long time in which nothing was done does not hide that much was done before", () => {
  const samples = new Samples();
  for (const [at, done] of [[0, 0], [10, 50], [20, 100], [90_000, 100]]) samples.add(at!, done!);
  assertEquals(samples.points, [[0, 0], [20, 100], [90_000, 100]]);
});

Deno.test("changes of samples, put together, are the samples", () => {
  const samples = new Samples();
  let copy: readonly unknown[] = [];
  for (let at = 0; at < 300_000; at += 61) {
    samples.add(at, at);
    if (at % 5 !== 0) continue;
    const { from, points } = samples.takeChanged();
    copy = [...copy.slice(0, from), ...points];
    assertEquals(copy, samples.points as readonly unknown[]);
  }
});

Deno.test("failures that are alike are told once", () => {
  const failures = new Failures();
  const failure = { status: "CRASHED", reason: "exit code 1", message: "", log: ["no"] } as const;
  for (let place = 0; place < 10_000; place++) failures.add({ ...failure, place });
  failures.add({ ...failure, place: 10_000, log: ["no", "never"], logFile: "log/a" });
  assertEquals(failures.groups.map(({ attempts }) => attempts.length), [10_000, 1]);
  assertEquals(failures.groups[1]!.logFiles, ["log/a"]);
});

Deno.test("the logs of many failures that differ are left out from some size on", () => {
  const failures = new Failures();
  for (let place = 0; place < 1_000; place++) {
    const log = Array.from({ length: 20 }, () => `${place} ${"x".repeat(70_000)}`);
    failures.add({ place, status: "CRASHED", reason: "exit code 1", message: "", log });
  }
  const size = JSON.stringify(failures.groups).length;
  assert(size > 3_000_000 && size < 5_000_000, `${size} characters`);
  assert(!failures.groups[0]!.isLogLeftOut && failures.groups.at(-1)!.isLogLeftOut);
  const places = failures.groups.reduce((sum, { attempts }) => sum + attempts.length, 0);
  assertEquals(places, 1_000, "a failure was lost");
});

Deno.test("shownText() drops what would do anything but show a character, and cuts what is long", () => {
  assertEquals(shownText("\x1b[31mred\x1b]0;title\x07 \u202egnp.exe", 100), "red gnp.exe");
  assertEquals(shownText("abcdef", 6), "abcdef");
  assertEquals(shownText("abcdefg", 6), "abcde…");
  assertEquals(shownText("🦕".repeat(10), 6), "🦕🦕…");
  assertEquals(shownText("x".repeat(1_000_000), 6), "xxxxx…");
});
