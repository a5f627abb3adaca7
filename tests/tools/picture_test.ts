// Pictures of the grid: the one of the README, and how a screen becomes SVG.
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { rowToSvg, Screen, toSvg } from "../../tools/screen.ts";

Deno.test("the picture of the README moves, is small, and suits dark and light pages", async () => {
  const svg = await Deno.readTextFile(new URL("../../docs/grid.svg", import.meta.url));
  const bytes = new TextEncoder().encode(svg).length;
  assert(bytes <= 300_000, `${bytes} bytes`);
  assertStringIncludes(svg, 'repeatCount="indefinite"');
  assertStringIncludes(svg, "prefers-color-scheme: light");
  // What cannot move it shows a run past its half, with the keys and a worker that waits.
  const still = svg.split("\n").filter((line) => !line.startsWith('<g opacity="0"')).join("\n");
  // In the first row.
  const percent = Number(/ y="27"[^>]*>(\d+)%</.exec(still)?.[1]);
  assert(percent >= 50 && percent < 100, `${percent}%`);
  for (const text of [">q<", "finish", ">Ctrl-C<", ">RETRYING<"]) {
    assertStringIncludes(still, text);
  }
});

Deno.test("a row becomes a text element for each look, at the place of its first cell", async () => {
  const screen = new Screen(20, 2);
  await screen.write("a<b \x1b[1mbold\x1b[0m \x1b[7mrev\x1b[0m \x1b[38;2;1;2;3mx\x1b[0m");
  const [row] = screen.look();
  assertEquals(row!.map(({ x, text, width }) => [x, text, width]), [
    [0, "a<b", 3],
    [4, "bold", 4],
    [9, "rev", 3],
    [13, "x", 1],
  ]);
  const svg = rowToSvg(row!, 0);
  assertEquals(svg.match(/<text /g)?.length, 4);
  assertStringIncludes(svg, ">a&lt;b</text>");
  assertStringIncludes(svg, 'class="b"');
  assertStringIncludes(svg, '<rect class="x"');
  const whole = toSvg(svg, { columns: 20, rows: 2, theme: "light", label: "a screen" });
  assertStringIncludes(whole, "{fill:#010203}");
  assertStringIncludes(whole, ".w{fill:#ffffff");
});
