import { assert, assertEquals } from "@std/assert";
import { fit, textWidth, truncate, truncateStart } from "../../src/terminal/width.ts";
import { forSeeds } from "../helpers/random.ts";

Deno.test("textWidth() counts cells", () => {
  const widths = ["", "abc", "größe", "日本", "🦕", "e\u0301", "ｗ"].map(textWidth);
  assertEquals(widths, [0, 3, 5, 4, 2, 1, 2]);
});

Deno.test("truncate() cuts at a grapheme and adds an ellipsis", () => {
  assertEquals(truncate("resize", 6), "resize");
  assertEquals(truncate("resize", 5), "resi…");
  assertEquals(truncate("日本語", 5), "日本…");
  assertEquals(truncate("日本語", 4), "日…");
  assertEquals(truncate("e\u0301e\u0301e\u0301", 2), "e\u0301…");
  assertEquals(truncate("abc", 1), "…");
  assertEquals(truncate("abc", 0), "");
});

Deno.test("fit() is exact for any text and width", async () => {
  await forSeeds(500, (random) => {
    const text = Array.from(
      { length: random.integer(30) },
      () => random.pick(["a", "日", "🦕", "e\u0301"]),
    ).join("");
    const width = random.integer(40);
    assertEquals(textWidth(fit(text, width)), width);
    assertEquals(textWidth(fit(text, width, "right")), width);
    assert(textWidth(truncate(text, width)) <= width);
  });
});

Deno.test("truncate() takes no longer for a text that is larger than any screen", () => {
  const marks = `a${"\u0301".repeat(1_000_000)}`;
  assert(truncate(marks, 10).length <= 200);
});

Deno.test("truncateStart() keeps the end of a text, in whole characters", () => {
  assertEquals(truncateStart("holiday/photo-0001.jpg", 10), "…-0001.jpg");
  assertEquals(truncateStart("a.jpg", 10), "a.jpg");
  assertEquals(truncateStart("日本語", 4), "…語");
  assertEquals(truncateStart("abc", 1), "…");
  assertEquals(truncateStart("abc", 0), "");
  assertEquals(truncateStart(`${"x".repeat(1_000_000)}é`, 3), "…xé");
});
