import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { exactArguments } from "../../src/cli/argv_bytes.ts";
import { UsageError } from "../../src/cli/errors.ts";
import { cliCommandLine } from "../helpers/cli.ts";
import { withFolder } from "../helpers/journal.ts";
import { LINUX, needs, testWith } from "../helpers/needs.ts";

const needsProc = needs(LINUX);
const BROKEN = "\ufffd";

/** Returns the bytes of a command line, in which `\xHH` stands for a byte. */
function commandLine(...args: string[]): Uint8Array {
  const text = ["deno", "run", "cli.ts", ...args].map((arg) => `${arg}\0`).join("");
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

const NAMED: [args: string[], exact: string[], said: string][] = [
  [
    ["run", "--", "wc", ":::", `r${BROKEN}.txt`],
    ["run", "--", "wc", ":::", "r\xe9.txt"],
    'item "r\\xe9.txt" is not UTF-8, and cannot be passed on unchanged',
  ],
  [
    ["run", "--", `w${BROKEN}`],
    ["run", "--", "w\xe9"],
    'program "w\\xe9" is not UTF-8, and cannot be passed on unchanged',
  ],
  [
    ["run", "--", "wc", `w${BROKEN}`],
    ["run", "--", "wc", "w\xe9"],
    'argument "w\\xe9" is not UTF-8, and cannot be passed on unchanged',
  ],
  [
    ["run", "--journal", `w${BROKEN}`],
    ["run", "--journal", "w\xe9"],
    'value of --journal, "w\\xe9" is not UTF-8, and cannot be passed on unchanged',
  ],
  [
    ["run", `--journal=w${BROKEN}`],
    ["run", "--journal=w\xe9"],
    'value of --journal, "--journal=w\\xe9" is not UTF-8, and cannot be passed on unchanged',
  ],
];

for (const [args, exact, said] of NAMED) {
  Deno.test(`an argument that is not UTF-8 is named: ${said}`, () => {
    const check = () =>
      exactArguments(args, { readCommandLine: () => commandLine(...exact), isRetold: false });
    assertEquals(assertThrows(check, UsageError).message, said);
  });
}

Deno.test("a replacement character that somebody has typed is text", () => {
  const args = ["run", "--", `a${BROKEN}`, ""];
  assertEquals(
    exactArguments(args, {
      readCommandLine: () => commandLine("run", "--", "a\xef\xbf\xbd", ""),
      isRetold: false,
    }),
    args,
  );
  const check = () => exactArguments(args, { readCommandLine: () => undefined, isRetold: false });
  assertThrows(check, UsageError, "may not be UTF-8");
});

Deno.test("behind npx, which replaces bytes too, a replacement character is no text", () => {
  const given = (...args: string[]) => ({
    readCommandLine: () => commandLine(...args),
    isRetold: true,
  });
  assertEquals(exactArguments(["a"], given("a\r")), ["a\r"]);
  const check = () => exactArguments(["a", BROKEN], given("a", "\xef\xbf\xbd"));
  assertThrows(check, UsageError, `argument "${BROKEN}" may not be UTF-8`);
});

Deno.test("other bytes are not believed", () => {
  const check = () =>
    exactArguments([BROKEN], { readCommandLine: () => commandLine("other"), isRetold: false });
  assertThrows(check, UsageError, "may not be UTF-8");
  assertEquals(
    exactArguments(["a"], { readCommandLine: () => commandLine("a\r", "b"), isRetold: false }),
    ["a"],
  );
});

Deno.test("CRs that the runtime has dropped are there again", () => {
  const given = ["run", "a\r", "\rb", "c\r\r", "\r", ""];
  const args = given.map((arg) => arg.replace(/\r+$/, ""));
  assertEquals(
    exactArguments(args, { readCommandLine: () => commandLine(...given), isRetold: false }),
    given,
  );
  assertEquals(exactArguments(args, { readCommandLine: () => undefined, isRetold: false }), args);
});

testWith("a CR at the end of an argument or an item reaches the worker", needsProc, async () => {
  const show = `-- sh -c 'printf "[%s]" "$@" | tr "\\r" R' sh`;
  for (const permissions of ["-A", "--allow-read --allow-run --allow-env --allow-sys"]) {
    const line = String.raw`run --reporter quiet --output ordered ${show} $'a\r' ::: $'b\r\r' c`;
    const { code, stdout } = await runInBash(line, ".", permissions);
    assertEquals([code, stdout], [0, "[aR][bRR][aR][c]"]);
  }
});

/** Runs the command line in bash, so that a word may be `$'\xe9'`; with these permissions of Deno. */
async function runInBash(words: string, cwd: string, permissions = "-A") {
  const { command, args } = cliCommandLine([]);
  const line = [command, ...args].map((word) => word === "-A" ? permissions : `'${word}'`);
  const { code, stdout, stderr } = await new Deno.Command("bash", {
    args: ["-c", `${line.join(" ")} ${words}`],
    cwd,
    // The tests may run behind npx themselves.
    env: { npm_lifecycle_event: "" },
  }).output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

/** Command lines, in each of which one word is not UTF-8. */
const REFUSED = [
  String.raw`run -- touch ::: $'\xe9'`,
  String.raw`run -n 1 -- touch $'\xe9'`,
  String.raw`run -n 1 -- $'./\xe9'`,
  String.raw`run -n 1 --journal $'\xe9' -- touch made`,
  String.raw`run -n 1 --results=$'\xe9' -- touch made`,
  String.raw`run -n 1 --log-dir $'\xe9' -- touch made`,
  String.raw`run -n 1 --report $'\xe9' -- touch made`,
  String.raw`run -n 1 --events $'\xe9' -- touch made`,
  String.raw`run -n 1 --title $'\xe9' -- touch made`,
  String.raw`run --items $'\xe9' -- touch made`,
  String.raw`doctor -- touch $'\xe9'`,
  String.raw`report $'\xe9'`,
  String.raw`$'\xe9'`,
];

for (const line of REFUSED) {
  testWith(`executor ${line} is refused, and nothing is made`, needsProc, async () => {
    await withFolder(async (folder) => {
      const { code, stderr } = await runInBash(line, folder);
      assertMatch(stderr, /\\xe9" is not UTF-8/);
      assertEquals(code, 2);
      assertEquals(Array.from(Deno.readDirSync(folder)), []);
    });
  });
}

testWith(
  "with less than all permissions too, and a typed U+FFFD is passed on",
  needsProc,
  async () => {
    await withFolder(async (folder) => {
      const permissions = "--allow-read --allow-write --allow-run --allow-env --allow-sys";
      const refused = await runInBash(String.raw`run -n 1 -- touch $'\xe9'`, folder, permissions);
      assertMatch(refused.stderr, /argument "\\xe9" is not UTF-8/);
      const typed = await runInBash(
        String.raw`run -n 1 -- touch $'\xef\xbf\xbd'`,
        folder,
        permissions,
      );
      assertEquals(typed.code, 0, typed.stderr);
      assertEquals(Array.from(Deno.readDirSync(folder), ({ name }) => name), ["\ufffd"]);
    });
  },
);

testWith(
  "a directory and variables that are not UTF-8 reach the workers as they are",
  needsProc,
  async () => {
    await withFolder(async (folder) => {
      const { command, args } = cliCommandLine([]);
      const line = [command, ...args].map((word) => `'${word}'`).join(" ");
      const script = String.raw`mkdir $'d\xe9' && cd $'d\xe9' || exit 1
export BAD=$'v\xe9' PATH="$PATH:"$'/p\xe9' TMPDIR=$'/tmp/t\xe9'
printf '#!/bin/sh\nprintf %%s "$BAD:${"$"}{PATH##*:}:$TMPDIR:${"$"}{PWD##*/}" >out.$1\n' >worker; chmod +x worker
files="--journal j --log-dir l --results r --report x.html --events e"
${line} run -n 3 -c 1 $files --reporter quiet -- ./worker {start} &&
  ${line} run -n 3 -c 1 $files --resume --reporter quiet -- ./worker {start} && ls j l r x.html e >/dev/null`;
      const { code, stderr } = await new Deno.Command("bash", { args: ["-c", script], cwd: folder })
        .output();
      assertEquals(code, 0, new TextDecoder().decode(stderr));
      const { stdout } = await new Deno.Command("bash", {
        args: ["-c", String.raw`cat $'d\xe9'/out.* | od -An -c -w200`],
        cwd: folder,
      }).output();
      const said = new TextDecoder().decode(stdout).replace(/\s+/g, "");
      const each = String.raw`v351:/p351:/tmp/t351:d351`;
      assertEquals(said, each.repeat(3));
    });
  },
);
