import { assertEquals } from "@std/assert";
import { quote, quoteInLine, SET_NEWLINE } from "../../src/base/shell.ts";
import { needs, POSIX, testWith } from "../helpers/needs.ts";

const TEXTS = [
  ...[
    "plain",
    "a-b_c.d/e:f,g+h@i%j=k",
    "",
    " ",
    "a b",
    "it's",
    "'",
    "''",
    '"$HOME"',
    "`id`",
    "$(id)",
  ],
  ...[
    "*",
    "?",
    "~",
    "#x",
    "a\\b",
    "\\",
    "a\nb",
    "\n",
    "a'\n'b\n",
    "{a,b}",
    "{1..3}",
    "{start}",
    "{item.stem}",
  ],
  ...["ä→\u{1f600}", "!x", "a;b", "a&b", "<x", "(x)", "\t", "\r"],
];

for (const shell of ["sh", "bash", "dash"]) {
  testWith(`${shell} reads quoted words as they were`, needs(POSIX, shell), async () => {
    const read = async (script: string) => {
      const { stdout } = await new Deno.Command(shell, { args: ["-c", script] }).output();
      return new TextDecoder().decode(stdout).split("\0").slice(0, -1);
    };
    assertEquals(await read(`printf '%s\\0' ${TEXTS.map(quote).join(" ")}`), TEXTS);
    const line = `${SET_NEWLINE}; printf '%s\\0' ${TEXTS.map(quoteInLine).join(" ")}`;
    assertEquals(line.includes("\n"), false);
    assertEquals(await read(line), TEXTS);
  });
}

Deno.test("a word is quoted only if a shell could read it otherwise", () => {
  assertEquals(
    ["resize.py", "{start}", "--n={item.stem}"].map(quote).join(" "),
    "resize.py {start} --n={item.stem}",
  );
  assertEquals(["", "a b", "{a,b}", "{1..3}"].map(quote).join(" "), "'' 'a b' '{a,b}' '{1..3}'");
});
