// The bytes of the grid in a terminal emulator: the screen must equal the frame.
import type { RunState } from "@lambdawaker/executor/events";
import { assert, assertEquals } from "@std/assert";
import { drawFrame } from "../../src/reporters/grid/frame.ts";
import { Screen } from "../../src/terminal/screen.ts";
import { encodeRow, type Row, span } from "../../src/terminal/style.ts";
import { forSeeds, Random } from "../helpers/random.ts";
import { RANDOM_STATE_NOW, randomState } from "../helpers/random_state.ts";
import { ScreenTerminal } from "../helpers/screen_terminal.ts";

const SHELL = ["$ ls", "cli.ts  mod.ts", "$ executor run"];

function rowsOf(state: RunState, terminal: ScreenTerminal): readonly Row[] {
  const { columns, rows } = terminal.size();
  return drawFrame(state, {
    title: "Title",
    width: columns - 1,
    height: rows - 1,
    now: RANDOM_STATE_NOW,
  }).rows;
}

function textOf(rows: readonly Row[]): string[] {
  const lines = rows.map((row) => encodeRow(row, false));
  while (lines.at(-1) === "") lines.pop();
  return lines;
}

async function setUp(columns: number, rows: number) {
  const terminal = new ScreenTerminal(columns, rows);
  await terminal.write(SHELL.map((line) => `${line}\r\n`).join(""));
  terminal.written = "";
  const screen = new Screen({ color: true });
  const show = async (rows: readonly Row[]) => {
    await terminal.write(screen.draw(rows, terminal.size()));
    assertEquals(
      terminal.lines().slice(-textOf(rows).length || undefined),
      textOf(rows).length ? textOf(rows) : terminal.lines(),
    );
    assertEquals(terminal.cursor().column, 0);
  };
  return { terminal, screen, show };
}

for (
  const [columns, rows, workers] of [[80, 24, 4], [100, 30, 4], [200, 50, 16], [
    40,
    10,
    30,
  ]] as const
) {
  Deno.test(`every frame is shown on a ${columns}×${rows} screen as it was drawn`, async () => {
    await forSeeds(10, async (random) => {
      const { terminal, show } = await setUp(columns, rows);
      using _terminal = terminal;
      for (let frame = 0; frame < 10; frame++) {
        await show(rowsOf(randomState(random, workers), terminal));
      }
      const shell = terminal.lines().slice(0, SHELL.length);
      assertEquals(shell, SHELL, "the lines before the frame");
      assert(!terminal.written.includes("\x1b[3J"));
      assert(!terminal.written.includes("\x1b[2J"));
    });
  });
}

Deno.test("frames that grow and shrink leave nothing behind", async () => {
  const { terminal, show } = await setUp(60, 20);
  using _terminal = terminal;
  for (const height of [3, 10, 1, 19, 0, 5, 5]) {
    const rows = Array.from({ length: height }, (_, row): Row => [span(`row ${row} of ${height}`)]);
    await show(rows);
    if (height < 16) {
      assertEquals(terminal.lines(), [...SHELL, ...textOf(rows)]);
    }
  }
});

Deno.test("a frame without changes costs no byte, and a changed row costs little more than itself", async () => {
  const { terminal, screen } = await setUp(80, 24);
  using _terminal = terminal;
  const rows = rowsOf(randomState(new Random(1), 4), terminal);
  await terminal.write(screen.draw(rows, terminal.size()));
  assertEquals(screen.draw(rows, terminal.size()), "");
  const changed = rows.with(3, [span("changed")]);
  const bytes = screen.draw(changed, terminal.size());
  assert(bytes.length < 60, `${bytes.length} bytes`);
});

Deno.test("each frame is one synchronized update", async () => {
  const { terminal, screen } = await setUp(80, 24);
  using _terminal = terminal;
  await forSeeds(5, (random) => {
    const bytes = screen.draw(rowsOf(randomState(random, 4), terminal), terminal.size());
    assert(bytes.startsWith("\x1b[?2026h") && bytes.endsWith("\x1b[?2026l"));
    assertEquals(bytes.split("\x1b[?2026").length, 3);
  });
});

Deno.test("a terminal that is resized shows one whole frame, and the shell's lines above it", async () => {
  await forSeeds(20, async (random) => {
    // High enough for a frame that a narrower terminal wraps: rows above its top are out of reach.
    const { terminal, show } = await setUp(100, 70);
    using _terminal = terminal;
    for (let frame = 0; frame < 8; frame++) {
      // As people do it: in steps, with and without frames in between.
      if (random.integer(3) > 0) terminal.resize(50 + random.integer(80), 70);
      if (random.integer(3) > 0) await show(rowsOf(randomState(random, 4), terminal));
    }
    await show(rowsOf(randomState(random, 4), terminal));
    const lines = terminal.lines();
    assertEquals(lines.slice(0, SHELL.length), SHELL, lines.join("\n"));
    assertEquals(lines.filter((line) => line.startsWith("Title ")).length, 1, lines.join("\n"));
  });
});

Deno.test("a terminal that becomes lower still shows one whole frame at its bottom", async () => {
  const { terminal, show } = await setUp(100, 40);
  using _terminal = terminal;
  const state = randomState(new Random(3), 8);
  for (const height of [40, 12, 30, 8, 24]) {
    terminal.resize(100, height);
    await show(rowsOf(state, terminal));
  }
});

Deno.test("keys typed below a frame are erased with the next one", async () => {
  const { terminal, screen, show } = await setUp(80, 24);
  using _terminal = terminal;
  await show([[span("one")]]);
  await terminal.write("^C");
  await show([[span("two")]]);
  await terminal.write("^C\r\nq\r\n\x1b[2A");
  await terminal.write(screen.clear(terminal.size()));
  assertEquals(terminal.lines(), SHELL);
});

Deno.test("clear() erases the frame and shows the cursor", async () => {
  const { terminal, screen, show } = await setUp(80, 24);
  using _terminal = terminal;
  await show(rowsOf(randomState(new Random(1), 4), terminal));
  assert((await terminal.modes()).cursorHidden);
  await terminal.write(screen.clear(terminal.size()));
  assertEquals(terminal.lines(), SHELL);
  assertEquals(terminal.cursor(), { row: SHELL.length, column: 0 });
  assertEquals(await terminal.modes(), { alternate: false, cursorHidden: false });
  assertEquals(screen.clear(terminal.size()), "");
});
