import { assertEquals } from "@std/assert";
import { drawBar } from "../../../src/reporters/grid/bar.ts";
import { rowWidth } from "../../../src/terminal/style.ts";
import { forSeeds } from "../../helpers/random.ts";

/** Draws a bar of what is done and what failed, as a letter for each column. */
function bar(done: number, failed: number, width: number): string {
  const letters = { green: "g", red: "r", dim: "-" } as Record<string, string>;
  return drawBar([{ share: done, style: "green" }, { share: failed, style: "red" }], width)
    .map(({ text, style }) => letters[style]!.repeat(text.length)).join("");
}

Deno.test("drawBar() draws its parts one after the other", () => {
  assertEquals(bar(0.5, 0.2, 10), "gggggrr---");
  assertEquals(bar(0, 0, 10), "----------");
  assertEquals(bar(1, 0, 10), "gggggggggg");
  assertEquals(bar(0, 1, 10), "rrrrrrrrrr");
});

Deno.test("drawBar() shows one failure of thousands in one column", () => {
  assertEquals(bar(0.5, 1 / 5000, 10), "gggggr----");
  assertEquals(bar(1 - 1 / 5000, 1 / 5000, 10), "gggggggggr");
  assertEquals(bar(0, 1 / 5000, 10), "r---------");
  assertEquals(bar(0.5, 0, 1), "-");
});

Deno.test("drawBar() is exactly as wide as it should be", async () => {
  await forSeeds(200, (random) => {
    const width = random.integer(80);
    const done = random.integer(1001) / 1000;
    const failed = random.integer(1001) / 1000;
    const parts = [{ share: done, style: "green" }, { share: failed, style: "red" }] as const;
    assertEquals(rowWidth(drawBar([parts[0], parts[1]], width)), width);
  });
});
