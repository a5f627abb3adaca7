import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { INSTEAD, SYNONYMS } from "../../src/cli/familiar.ts";
import { flagText, helpOf } from "../../src/cli/help.ts";
import { RUN_OPTIONS } from "../../src/cli/options.ts";
import { placeholderRows } from "../../src/cli/reference.ts";
import { type AnyOption, OPTION_GROUPS } from "../../src/model/option.ts";
import { cliCommandLine, runCli } from "../helpers/cli.ts";
import { inTerminal, shellLine } from "../helpers/pty.ts";
import { LINUX, needs, testWith } from "../helpers/needs.ts";

const { code, stdout: PAGE } = await runCli(["man"]);

Deno.test("executor man prints a manual page", () => {
  assertEquals(code, 0);
  assertMatch(PAGE, /^\.TH EXECUTOR 1 "" "executor \d+\.\d+\.\d+" "User Commands"\n\.SH NAME\n/);
  const titles = Array.from(PAGE.matchAll(/^\.SH (.*)$/gm), ([, title]) => title);
  assertEquals(titles, [
    ...["NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS OF RUN", "PLACEHOLDERS"],
    ...["PROGRESS OF OTHER PROGRAMS", "OTHER COMMANDS", "EXIT STATUS", "ENVIRONMENT"],
    ...["OPTIONS OF OTHER PROGRAMS", "EXAMPLES", "SEE ALSO"],
  ]);
  for (const group of OPTION_GROUPS) assertStringIncludes(PAGE, `\n.SS ${group}\n`);
});

testWith(
  "the page is roff without a warning, and says all that help says",
  needs("groff"),
  async () => {
    const args = ["-ww", "-man", "-Tutf8", "-rHY=0", "-rLL=2000n", "-P-cbou"];
    const { stdout: text, stderr: warnings } = await pipe("groff", args);
    assertEquals(warnings, "");
    const line = text.replace(/\s+/g, " ");
    for (const option of Object.values<AnyOption>(RUN_OPTIONS)) {
      assertStringIncludes(line, flagText(option, { isFull: true }));
      assertStringIncludes(line, helpOf(option).replace(/\s+/g, " "));
    }
    for (const [word, meaning] of placeholderRows()) {
      assertStringIncludes(
        line,
        `${word} ${meaning}`,
      );
    }
    for (const flag of Object.keys(SYNONYMS)) assertStringIncludes(line, flag);
    for (const [flags, instead] of INSTEAD) {
      assertStringIncludes(line, flags.replaceAll(" ", ", "));
      assertStringIncludes(line, instead.slice(1));
    }
    for (const command of ["run", "doctor", "report", "demo", "man", "completions"]) {
      assertStringIncludes(line, `executor ${command} [options]`);
    }
    assertStringIncludes(line, "find . -name '*.wav' | executor run --items - -- flac {item}");
  },
);

testWith("man shows the page", needs("man"), async () => {
  const shown = await pipe("man", ["-l", "-"], { MANPAGER: "cat", MANWIDTH: "80" });
  assertStringIncludes(shown.stdout, "executor run [options] -- <command...> [::: <items...>]");
});

/** Runs a program with the page as its input. */
async function pipe(
  program: string,
  args: string[],
  env: Record<string, string> = {},
): Promise<{ stdout: string; stderr: string }> {
  const child = new Deno.Command(program, {
    args,
    env: { LC_ALL: "C.UTF-8", ...env },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(PAGE));
  await writer.close();
  const { stdout, stderr } = await child.output();
  const decoder = new TextDecoder();
  return { stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

testWith(
  "in a terminal, the page is shown with man, or printed without it",
  needs(LINUX, "man", "script"),
  async () => {
    const { command, args } = cliCommandLine(["man"]);
    const line = shellLine([command, ...args]);
    const [shown, printed] = await Promise.all([
      inTerminal(`MANPAGER=cat ${line}`),
      inTerminal(`PATH=/nowhere ${line}`),
    ]);
    assertStringIncludes(shown, "EXECUTOR(1)");
    assertEquals(shown.includes(".TH"), false);
    assertStringIncludes(printed, ".TH EXECUTOR 1");
  },
);

Deno.test("executor man takes no words", async () => {
  const { code, stderr } = await runCli(["man", "run"]);
  assertStringIncludes(stderr, 'the manual has one page: leave out "run"');
  assertEquals(code, 2);
});
