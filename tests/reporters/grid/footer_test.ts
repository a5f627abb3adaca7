import { INITIAL_STATE, type RunState } from "@lambdawaker/executor/events";
import { assert, assertEquals } from "@std/assert";
import { drawHelp, drawKeyHint } from "../../../src/reporters/grid/footer.ts";
import { KEY_ROWS } from "../../../src/reporters/grid/keys.ts";
import { FIRST_VIEW, type View } from "../../../src/reporters/grid/view.ts";
import { encodeRow, rowWidth } from "../../../src/terminal/style.ts";

function hint(
  options: { hasKeys?: boolean; width?: number; view?: Partial<View>; state?: Partial<RunState> },
): string {
  const { hasKeys = true, width = 120, view, state } = options;
  const row = drawKeyHint({ ...INITIAL_STATE, ...state }, {
    width,
    hasKeys,
    view: { ...FIRST_VIEW, ...view },
  });
  assert(rowWidth(row) <= width);
  return encodeRow(row, false);
}

const CHOSEN = { selection: { worker: 0, order: [0] } };
const stopping = (how: "drain" | "stop" | "kill"): Partial<RunState> => ({
  stopping: { how, cause: { kind: "request" } },
});

Deno.test("the hint names the keys; without a keyboard, only what the terminal sends", () => {
  assertEquals(
    hint({}),
    "q finish · + - workers · p pause · f failures · l log · Arrows choose · ? help · Ctrl-C stop",
  );
  assertEquals(hint({ hasKeys: false }), "Ctrl-C stop");
});

Deno.test("the hint of a choice names what can be done with it", () => {
  assertEquals(
    hint({ view: CHOSEN }),
    "l log · Arrows choose · Enter whole log · Esc back · ? help · Ctrl-C stop",
  );
  assertEquals(hint({ view: { ...CHOSEN, failures: true } }), hint({}));
});

Deno.test("a run that is finished by a key has the other keys; one that is stopped has none", () => {
  assertEquals(hint({ state: stopping("drain") }), hint({}).replace("q finish · ", ""));
  assertEquals(hint({ state: stopping("stop") }), "");
  assertEquals(hint({ state: stopping("kill") }), "");
});

Deno.test("the hint leaves out whole keys, the least important ones first, at any width", () => {
  const all = hint({}).split(" · ");
  assertEquals(
    hint({ width: 79 }),
    "q finish · p pause · f failures · l log · Arrows choose · ? help · Ctrl-C stop",
  );
  for (const view of [{}, CHOSEN]) {
    for (let width = 0; width <= 120; width++) {
      const shown = hint({ width, view }).split(" · ").filter((part) => part !== "");
      const known = view === CHOSEN ? [...all, "Enter whole log", "Esc back"] : all;
      for (const part of shown) assert(known.includes(part), `"${part}" at ${width} columns`);
      if (width >= "Ctrl-C stop".length) assertEquals(shown.at(-1), "Ctrl-C stop", `${width}`);
    }
  }
});

Deno.test("a notice takes the place of the hint", () => {
  assertEquals(hint({ view: { notice: "there is no pager" } }), "! there is no pager");
});

Deno.test("help has a row for each key, and docs/grid.md names each key", async () => {
  const help = drawHelp({ width: 80 }).map((row) => encodeRow(row, false));
  const page = await Deno.readTextFile(new URL("../../../docs/grid.md", import.meta.url));
  assertEquals(help.length, KEY_ROWS.length);
  for (const { label } of KEY_ROWS) {
    assert(help.some((row) => row.startsWith(`${label} `)), label);
    const names = label.split(" ").map((key) => `\`${key}\``).join(" ");
    assert(page.includes(`| ${names} `), label);
  }
});
