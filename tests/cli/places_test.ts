// Where a run is watched: each place, and what it gets to see.
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { cliCommandLine } from "../helpers/cli.ts";
import { withFolder } from "../helpers/journal.ts";
import { LINUX, needs, testWith } from "../helpers/needs.ts";
import { runInTerminal, shellLine } from "../helpers/pty.ts";

const JOB = ["run", "-n", "2", "-w", "2", "--title", "Job", "--", "sh", "-c", "sleep 0.4"];
const NEUTRAL = {
  CI: "",
  NO_COLOR: "",
  FORCE_COLOR: "",
  CLICOLOR_FORCE: "",
  TERM: "xterm-256color",
  LC_ALL: "C.UTF-8",
};

/** Runs a line of a shell in which `executor` is the job. */
async function shell(line: string, env: Record<string, string> = {}): Promise<string> {
  const { command, args } = cliCommandLine(JOB);
  const { code, stdout, stderr } = await new Deno.Command("sh", {
    args: ["-c", line, "sh", command, ...args],
    env: { ...NEUTRAL, ...env },
    stdin: "null",
  }).output();
  assertEquals([code, new TextDecoder().decode(stderr)], [0, ""], line);
  return new TextDecoder().decode(stdout);
}

/** Runs the job in a terminal, and says what that was sent. */
async function jobInTerminal(env: Record<string, string> = {}, redirect = ""): Promise<string> {
  const { command, args } = cliCommandLine(JOB);
  const line = `${shellLine([command, ...args])} ${redirect}`;
  const { code, text } = await runInTerminal(line, {
    ...{ columns: 80, rows: 24, env: { ...NEUTRAL, ...env } },
  });
  assertEquals(code, 0, text);
  return text;
}

// deno-lint-ignore no-control-regex
const COLORS = /\x1b\[[0-9;]*m/;

function assertPlain(text: string, { colors = false } = {}): void {
  // deno-lint-ignore no-control-regex
  const bare = text.replace(/\x1b\[[0-9;]*m/g, "");
  const lines = bare.replaceAll("\r", "").split("\n");
  assertEquals(lines.length, 5, text);
  assertEquals(lines[0], "started: 2 items, 2 workers");
  assertMatch(lines[1]!, /^\[1\/2\] SUCCESS +\d.* s  item [01]$/);
  assertMatch(lines[2]!, /^\[2\/2\] SUCCESS +\d.* s  item [01]$/);
  assertMatch(lines[3]!, /^Job: 2 done of 2 items · \d.* s · [\d.]+ items\/s$/);
  assertEquals(COLORS.test(text), colors);
  assert(!bare.includes("\x1b"), "no other sequence");
}

function assertGrid(text: string, { colors = true } = {}): void {
  assertStringIncludes(text, "\x1b[?2026h");
  // deno-lint-ignore no-control-regex
  assertMatch(text.replace(/\x1b\[[0-9;]*m/g, ""), /Job: 2 done of 2 items · [^\n]*\n$/);
  assertStringIncludes(text, "RUNNING");
  assert(text.lastIndexOf("\x1b[?25h") > text.lastIndexOf("\x1b[?25l"), "the cursor is shown");
  // A reset is part of what restores the terminal.
  assertEquals(COLORS.test(text.replaceAll("\x1b[0m", "")), colors);
}

const needsScript = needs(LINUX, "script");

testWith("in a terminal: the grid, in colour", needsScript, async () => {
  assertGrid(await jobInTerminal());
});

Deno.test("| cat: lines, without colour", async () => {
  assertPlain(await shell('"$@" | cat'));
});

Deno.test("> file: lines, without colour", async () => {
  await withFolder(async (folder) => {
    assertEquals(await shell(`"$@" > ${folder}/out`), "");
    assertPlain(await Deno.readTextFile(`${folder}/out`));
  });
});

testWith("CI=1 in a terminal: lines", needsScript, async () => {
  assertPlain(await jobInTerminal({ CI: "1" }), { colors: true });
});

testWith("TERM=dumb in a terminal: lines, without colour", needsScript, async () => {
  assertPlain(await jobInTerminal({ TERM: "dumb" }));
});

testWith("NO_COLOR=1 in a terminal: the grid, without colour", needsScript, async () => {
  assertGrid(await jobInTerminal({ NO_COLOR: "1" }), { colors: false });
});

Deno.test("FORCE_COLOR=1 | cat: lines, in colour", async () => {
  assertPlain(await shell('"$@" | cat', { FORCE_COLOR: "1" }), { colors: true });
});

Deno.test("NO_COLOR=1 FORCE_COLOR=1 | cat: lines, without colour", async () => {
  assertPlain(await shell('"$@" | cat', { FORCE_COLOR: "1", NO_COLOR: "1" }));
});

testWith("LC_ALL=C: nothing but ASCII", needsScript, async () => {
  for (
    const text of [await jobInTerminal({ LC_ALL: "C" }), await shell('"$@" | cat', { LC_ALL: "C" })]
  ) {
    // deno-lint-ignore no-control-regex
    assert(/^[\x00-\x7f]*$/.test(text), text);
    // deno-lint-ignore no-control-regex
    assert(/Job: 2 done of 2 items - /.test(text.replace(/\x1b\[[0-9;]*m/g, "")), text);
  }
});

testWith("closed stdin: in a pipe and in a terminal", needsScript, async () => {
  assertPlain(await shell('"$@" <&- | cat'));
  assertGrid(await jobInTerminal({}, "<&-"));
});

Deno.test("closed stdout: the work goes on, and nothing is said", async () => {
  assertEquals(await shell('"$@" >&-'), "");
});

Deno.test("| head -n 1: the work goes on after it", async () => {
  await withFolder(async (folder) => {
    const line = `("$@"; echo $? > ${folder}/code) | head -n 1`;
    assertEquals(await shell(line), "started: 2 items, 2 workers\n");
    assertEquals(await Deno.readTextFile(`${folder}/code`), "0\n");
  });
});

testWith(
  "a terminal that shows progress in its tab is told, and told when it is over",
  needsScript,
  async () => {
    const text = await jobInTerminal({ TERM_PROGRAM: "WezTerm" });
    // deno-lint-ignore no-control-regex
    assert(/\x1b\]9;4;1;\d+\x1b\\/.test(text), text);
    assert(text.includes("\x1b]9;4;0;0\x1b\\"));
    assert(!(await jobInTerminal()).includes("\x1b]9;"));
  },
);
