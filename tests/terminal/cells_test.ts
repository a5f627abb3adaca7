// Changed spans in a terminal emulator: each cell of the screen must equal that of a full drawing.
import { assert, assertEquals } from "@std/assert";
import { drawFrame } from "../../src/reporters/grid/frame.ts";
import { encodeChanges, toCells } from "../../src/terminal/cells.ts";
import { Screen } from "../../src/terminal/screen.ts";
import { type Row, span, type Style } from "../../src/terminal/style.ts";
import { forSeeds, type Random } from "../helpers/random.ts";
import { RANDOM_STATE_NOW, randomState } from "../helpers/random_state.ts";
import { ScreenTerminal } from "../helpers/screen_terminal.ts";

const STYLES: Style[] = ["plain", "bold", "dim", "red", "green", "yellow", "cyan"];

/** Returns a row with characters of one and two columns, so that changes begin and end inside of wide ones. */
function randomRow(random: Random): Row {
  return Array.from({ length: random.integer(8) }, () =>
    span(
      random.pick([
        "a",
        "bc",
        " ",
        "    ",
        "日",
        "本語",
        "─",
        "━━━",
        "🦕",
        "é",
        "e\u0301x",
        "123456789",
      ]),
      random.pick(STYLES),
    ));
}

Deno.test("encodeChanges() changes any row into any other", async () => {
  await forSeeds(500, async (random) => {
    using changed = new ScreenTerminal(90, 3);
    using whole = new ScreenTerminal(90, 3);
    const [before, after] = [randomRow(random), randomRow(random)];
    const changes = (from: Row, to: Row) =>
      encodeChanges({ before: toCells(from), after: toCells(to) }, true);
    await changed.write(changes([], before));
    await changed.write(`\r${changes(before, after)}`);
    await whole.write(changes([], after));
    assertEquals(changed.cells(), whole.cells());
    assertEquals(changes(after, after), "");
  });
});

Deno.test("after every frame, each cell equals that of a full drawing", async () => {
  await forSeeds(15, async (random) => {
    const [columns, rows] = [40 + random.integer(120), 10 + random.integer(40)];
    using terminal = new ScreenTerminal(columns, rows);
    const screen = new Screen({ color: true });
    const workers = 1 + random.integer(20);
    for (let frame = 0; frame < 8; frame++) {
      const options = { title: "T", width: columns - 1, height: rows - 1, now: RANDOM_STATE_NOW };
      const { rows: drawn } = drawFrame(randomState(random, workers), options);
      const bytes = screen.draw(drawn, terminal.size());
      await terminal.write(bytes);
      assertEquals(bytes.split("\x1b[?2026h").length, bytes.split("\x1b[?2026l").length);
      assert(!bytes.includes("\x1b[3J"));
      using whole = new ScreenTerminal(columns, rows);
      await whole.write(new Screen({ color: true }).draw(drawn, whole.size()));
      const expected = whole.cells();
      assertEquals(terminal.cells().slice(0, expected.length), expected);
    }
  });
});
