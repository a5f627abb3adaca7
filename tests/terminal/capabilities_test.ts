import { assertEquals } from "@std/assert";
import { type ColorChoice, useColor } from "../../src/terminal/capabilities.ts";
import { resolveReporterOptions } from "../../src/reporters/options.ts";
import { supportsGrid } from "../../src/terminal/capabilities.ts";

type Env = Record<string, string>;

const COLOURS: [choice: ColorChoice, env: Env, isTerminal: boolean, coloured: boolean][] = [
  ["auto", {}, true, true],
  ["auto", {}, false, false],
  ["auto", { TERM: "dumb" }, true, false],
  ["auto", { NO_COLOR: "1" }, true, false],
  ["auto", { NO_COLOR: "" }, true, true],
  ["auto", { NO_COLOR: "1", FORCE_COLOR: "1" }, true, false],
  ["auto", { FORCE_COLOR: "1" }, false, true],
  ["auto", { FORCE_COLOR: "0" }, true, false],
  ["auto", { CLICOLOR_FORCE: "1", TERM: "dumb" }, false, true],
  ["always", { NO_COLOR: "1", TERM: "dumb" }, false, true],
  ["never", { FORCE_COLOR: "1" }, true, false],
];

for (const [choice, env, isTerminal, coloured] of COLOURS) {
  Deno.test(`useColor() of ${choice}, ${JSON.stringify(env)}, ${isTerminal ? "terminal" : "pipe"}`, () => {
    assertEquals(useColor(choice, { env: (name) => env[name], isTerminal }), coloured);
  });
}

const PLACES: [env: Env, isTerminal: boolean, suits: boolean][] = [
  [{}, true, true],
  [{}, false, false],
  [{ TERM: "dumb" }, true, false],
  [{ CI: "true" }, true, false],
  [{ CI: "" }, true, true],
  [{ NO_COLOR: "1" }, true, true],
  [{ FORCE_COLOR: "1" }, false, false],
];

for (const [env, isTerminal, suits] of PLACES) {
  Deno.test(`suitsGrid() with ${JSON.stringify(env)}, ${isTerminal ? "terminal" : "pipe"}`, () => {
    assertEquals(supportsGrid({ env: (name) => env[name], isTerminal }), suits);
  });
}

Deno.test("whether a reporter has colour is asked of what it writes to", () => {
  const names = ["NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE", "TERM"];
  const before = names.map((name) => [name, Deno.env.get(name)] as const);
  for (const name of names) Deno.env.delete(name);
  try {
    for (const isTerminal of [true, false]) {
      const options = { terminal: { isTerminal: () => isTerminal } };
      assertEquals(resolveReporterOptions(options).color, isTerminal);
    }
  } finally {
    for (const [name, value] of before) if (value !== undefined) Deno.env.set(name, value);
  }
});
