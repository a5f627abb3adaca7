import { assertEquals } from "@std/assert";
import {
  type ColorChoice,
  colorDepth,
  supportsGrid,
  supportsUnicode,
  useColor,
} from "../../src/terminal/capabilities.ts";
import { resolveReporterOptions } from "../../src/reporters/options.ts";

type Env = Record<string, string>;

const COLOR_CASES: [choice: ColorChoice, env: Env, isTerminal: boolean, isColored: boolean][] = [
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

for (const [choice, env, isTerminal, isColored] of COLOR_CASES) {
  Deno.test(`useColor() of ${choice}, ${JSON.stringify(env)}, ${isTerminal ? "terminal" : "pipe"}`, () => {
    assertEquals(useColor(choice, { env: (name) => env[name], isTerminal }), isColored);
  });
}

const GRID_CASES: [env: Env, isTerminal: boolean, isSupported: boolean][] = [
  [{}, true, true],
  [{}, false, false],
  [{ TERM: "dumb" }, true, false],
  [{ CI: "true" }, true, false],
  [{ CI: "" }, true, true],
  [{ NO_COLOR: "1" }, true, true],
  [{ FORCE_COLOR: "1" }, false, false],
];

for (const [env, isTerminal, isSupported] of GRID_CASES) {
  Deno.test(`supportsGrid() with ${JSON.stringify(env)}, ${isTerminal ? "terminal" : "pipe"}`, () => {
    assertEquals(supportsGrid({ env: (name) => env[name], isTerminal }), isSupported);
  });
}

const LOCALES: [env: Env, isSupported: boolean][] = [
  [{}, true],
  [{ LANG: "" }, true],
  [{ LANG: "en_US.UTF-8" }, true],
  [{ LANG: "de_DE.utf8" }, true],
  [{ LANG: "C" }, false],
  [{ LANG: "en_US.UTF-8", LC_CTYPE: "C" }, false],
  [{ LANG: "C", LC_ALL: "C.UTF-8" }, true],
];

for (const [env, isSupported] of LOCALES) {
  Deno.test(`supportsUnicode() with ${JSON.stringify(env)}`, () => {
    assertEquals(supportsUnicode((name) => env[name]), isSupported);
  });
}

Deno.test("the colour of a reporter depends on the terminal that it writes to", () => {
  // The environment itself stays as it is, as all test files share it.
  const { get } = Deno.env;
  Deno.env.get = () => undefined;
  try {
    for (const isTerminal of [true, false]) {
      const options = { terminal: { isTerminal: () => isTerminal } };
      assertEquals(resolveReporterOptions(options).color !== false, isTerminal);
    }
  } finally {
    Deno.env.get = get;
  }
});

const DEPTH_CASES: [env: Env, depth: number][] = [
  [{}, 16],
  [{ TERM: "xterm" }, 16],
  [{ TERM: "linux" }, 16],
  [{ TERM: "xterm-256color" }, 256],
  [{ TERM: "xterm-kitty" }, 256],
  [{ TERM: "xterm-256color", COLORTERM: "truecolor" }, 16_777_216],
  [{ TERM: "xterm-256color", COLORTERM: "24bit" }, 16_777_216],
  [{ TERM: "xterm-256color", COLORTERM: "yes" }, 256],
  [{ TERM: "xterm-direct" }, 16_777_216],
  [{ WT_SESSION: "1" }, 16_777_216],
  [{ TERM: "screen", COLORTERM: "truecolor" }, 256],
  [{ TERM: "screen" }, 16],
  [{ TERM: "tmux" }, 256],
  [{ TERM: "xterm-256color", TMUX: "/tmp/tmux", COLORTERM: "truecolor" }, 256],
  [{ TERM: "xterm-256color", FORCE_COLOR: "1" }, 16],
  [{ FORCE_COLOR: "2" }, 256],
  [{ FORCE_COLOR: "3", TERM: "screen" }, 16_777_216],
  [{ FORCE_COLOR: "true", TERM: "xterm-256color" }, 256],
];

for (const [env, depth] of DEPTH_CASES) {
  Deno.test(`colorDepth() of ${JSON.stringify(env)}`, () => {
    assertEquals(colorDepth((name) => env[name]), depth);
  });
}
