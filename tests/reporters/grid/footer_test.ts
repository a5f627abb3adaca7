import { INITIAL_STATE } from "@lambdawaker/executor/events";
import { assert, assertEquals } from "@std/assert";
import { drawHelp, drawKeyHint } from "../../../src/reporters/grid/footer.ts";
import { KEY_ROWS } from "../../../src/reporters/grid/keys.ts";
import { encodeRow } from "../../../src/terminal/style.ts";

function hint(hasKeys: boolean): string {
  return encodeRow(drawKeyHint(INITIAL_STATE, { width: 100, hasKeys }), false);
}

Deno.test("the hint names the keys; without a keyboard, only what the terminal sends", () => {
  assertEquals(
    hint(true),
    "q finish · + - workers · p pause · f failures · l log · ? help · Ctrl-C stops the run",
  );
  assertEquals(hint(false), "Ctrl-C stops the run");
});

Deno.test("help has a row for each key, and the README names each key", async () => {
  const help = drawHelp({ width: 80 }).map((row) => encodeRow(row, false));
  const page = await Deno.readTextFile(new URL("../../../README.md", import.meta.url));
  assertEquals(help.length, KEY_ROWS.length);
  for (const { label } of KEY_ROWS) {
    assert(help.some((row) => row.startsWith(`${label} `)), label);
    const names = label.split(" ").map((key) => `\`${key}\``).join(" ");
    assert(page.includes(`| ${names} `) || page.includes(`first ${label}`), label);
  }
});
