import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { typeCommand, type TypedCommand } from "../../src/base/shell.ts";
import { cliCommand, runBash, runCli } from "../helpers/cli.ts";
import { withFolder } from "../helpers/journal.ts";
import { LINUX, needs, testWith } from "../helpers/needs.ts";

/** Runs `--dry-run` and returns its lines. */
async function dryRun(...args: string[]): Promise<string[]> {
  const { code, stdout, stderr } = await runCli(["run", "--dry-run", ...args]);
  assertEquals(stderr, "");
  assertEquals(code, 0);
  return stdout.split("\n").slice(0, -1);
}

Deno.test("--dry-run prints the command of each item, in order", async () => {
  assertEquals(await dryRun("-j", "2", "--", "gzip", "-9", "{}", ":::", "one", "two", "three"), [
    "gzip -9 one",
    "gzip -9 two",
    "gzip -9 three",
  ]);
});

Deno.test("--dry-run prints the command of each range, as many as there would be", async () => {
  assertEquals(
    await dryRun("-n", "10", "-j", "3", "-c", "4", "--", "echo", "{start}", "{end}", "{range}"),
    ["echo 0 4 0", "echo 4 8 1", "echo 8 10 2"],
  );
  const shares = await dryRun("-n", "4000", "-w", "5", "--", "echo", "{start}-{end}");
  assertEquals([shares.length % 5, shares[0]!.slice(0, 7)], [0, "echo 0-"]);
});

Deno.test("--dry-run puts as many items into a command as a run does", async () => {
  const args = ["--per-process", "2", "--", "echo", "x", ":::", "a", "b", "c"];
  assertEquals(await dryRun(...args), ["echo x a b", "echo x c"]);
});

const ARGUMENTS = [
  ...["", " ", "two words", "it's", '"', "$HOME", "`id`", "*", "~", "a=b", "=a", "#", "!x", "\\"],
  ...[
    "a\nb",
    "\n",
    "x\n",
    "a\tb",
    "\x1b[31mred",
    "bell\x07",
    "\x9b1m",
    "é",
    "{a,b}",
    "{}",
    "-n",
    "é\x7f",
  ],
];

for (const shell of ["sh", "bash", "zsh"]) {
  testWith(
    `what --dry-run prints can be pasted into ${shell}`,
    needs(shell),
    async () => {
      const { code, stdout } = await runCli(
        ["run", "--dry-run", "--", "printf", "<%s>", ":::", ...ARGUMENTS],
      );
      assertEquals(code, 0);
      const { stdout: printed } = await new Deno.Command(shell, { args: ["-c", stdout] }).output();
      assertEquals(
        new TextDecoder().decode(printed),
        ARGUMENTS.map((text) => `<${text}>`).join(""),
      );
    },
  );
}

Deno.test("--dry-run sends no control characters to a terminal", async () => {
  const { stdout } = await runCli(["run", "--dry-run", "--", "echo", ":::", ...ARGUMENTS]);
  // deno-lint-ignore no-control-regex
  assert(!/[\0-\x08\x0b-\x1f\x7f-\x9f]/.test(stdout), JSON.stringify(stdout));
});

const TYPED: [command: TypedCommand, line: string][] = [
  [{ argv: ["true"] }, "true"],
  [{ argv: ["a b", "c"] }, "'a b' c"],
  [{ argv: ["x=1", "y=2"] }, "'x=1' y=2"],
  [{ argv: ["if", "then"] }, "'if' then"],
  [{ argv: ["echo", "=ls"] }, "echo '=ls'"],
  [{ argv: ["w"], env: { A: "1", B: "two words" } }, "A=1 B='two words' w"],
  [{ argv: ["w", "x"], cwd: "/a b" }, "(cd '/a b' && w x)"],
  [{ argv: ["w"], env: { A: "" }, cwd: "/tmp" }, "(cd /tmp && A='' w)"],
];

for (const [command, line] of TYPED) {
  Deno.test(`a person would type ${line}`, () => assertEquals(typeCommand(command), line));
}

Deno.test("--dry-run shows the variables by which a worker knows its range, if nothing else tells it", async () => {
  assertEquals(await dryRun("-n", "4", "-c", "2", "--", "env"), [
    "EXECUTOR_START=0 EXECUTOR_END=2 env",
    "EXECUTOR_START=2 EXECUTOR_END=4 env",
  ]);
  assertEquals(await dryRun("-n", "1", "--", "sh", "-c", 'echo "$EXECUTOR_TOTAL" {start}'), [
    `EXECUTOR_TOTAL=1 sh -c 'echo "$EXECUTOR_TOTAL" 0'`,
  ]);
});

Deno.test("--dry-run touches no file and runs nothing", async () => {
  await withFolder(async (folder) => {
    const { code, stdout } = await runCli([
      ...["run", "--dry-run", "--journal", "j", "--report", "r.html", "--events", "e"],
      ...["--results", "out", "--log-dir", "logs", "--", "touch", ":::", "a", "b"],
    ], { cwd: folder, env: { XDG_STATE_HOME: `${folder}/state`, TMPDIR: folder } });
    assertEquals([code, stdout], [0, "touch a\ntouch b\n"]);
    assertEquals(Array.from(Deno.readDirSync(folder), ({ name }) => name), []);
  });
});

Deno.test("--dry-run with --resume prints what is left, and leaves the journal as it is", async () => {
  await withFolder(async (folder) => {
    const journal = `${folder}/j`;
    const command = ["--", "test", "-e", "{}", ":::", folder, `${folder}/a`, `${folder}/b`];
    const before = ["--journal", journal, "--reporter", "quiet"];
    assertEquals((await runCli(["run", ...before, ...command])).code, 1);
    const recorded = await Deno.readFile(journal);
    await Deno.chmod(journal, 0o400);
    assertEquals(
      await dryRun("--journal", journal, "--resume", ...command),
      [`test -e ${folder}/a`, `test -e ${folder}/b`],
    );
    assertEquals(await Deno.readFile(journal), recorded);
    const { code, stderr } = await runCli(["run", "--dry-run", "--journal", journal, ...command]);
    assertMatch(stderr, /exists already: resume it/);
    assertEquals(code, 2);
    const fresh = await dryRun("--journal", `${folder}/new`, "--resume", ...command);
    assertEquals(fresh.length, 3);
  });
});

Deno.test("--dry-run takes items from stdin as they come, and ends with its reader", async () => {
  const { stdout, stderr } = await runBash(
    "(echo first; yes 2>/dev/null) | X --dry-run --items - -- echo {} | head -n 3",
  );
  assertEquals([stdout, stderr], ["echo first\necho y\necho y\n", ""]);
  // The second line shows that the reader of the first one is gone.
  const waits = await runBash(
    "(echo one; sleep 0.5; echo two; exec sleep 1) | X --dry-run --items - -- echo {} | head -n 1",
  );
  assertEquals(waits.stdout, "echo one\n");
});

Deno.test("--dry-run prints the bytes of items that are not UTF-8", async () => {
  const child = cliCommand(["run", "--dry-run", "--items", "-", "--stdin", "--", "cat"], {
    stdin: "piped",
  }).spawn();
  await new Blob([Uint8Array.of(0xe9, 10)]).stream().pipeTo(child.stdin);
  const { code, stdout } = await child.output();
  assertEquals([code, stdout.includes(0xe9)], [0, true]);
});

Deno.test("--dry-run prints a long list", async () => {
  const { code, stdout } = await runBash(
    "seq 20000 | X --dry-run --items - -- echo {} | tail -n 1",
  );
  assertEquals([code, stdout], [0, "echo 20000\n"]);
});

Deno.test("--dry-run names items that cannot be passed on, and exits with 1", async () => {
  const { code, stdout, stderr } = await runBash(
    `printf 'a\\n\\377\\nb\\n' | X --dry-run --items - -- echo`,
  );
  assertEquals(stdout, "echo a\necho b\n");
  assertMatch(stderr, /item 1\W.*\\xff.* could not be started: argument "\\xff" .* not UTF-8\n/);
  assertEquals(code, 1);
});

Deno.test("--dry-run warns of a program that is not there, and prints the commands", async () => {
  const { code, stdout, stderr } = await runCli(
    ["run", "--dry-run", "--", "no-such-program", "{}", ":::", "a"],
  );
  assertEquals([code, stdout], [0, "no-such-program a\n"]);
  assertStringIncludes(stderr, "executor: warning: command not found: no-such-program\n");
});

testWith(
  "--dry-run says that its lines cannot be written, and exits with 1",
  needs(LINUX),
  async () => {
    const { code, stderr } = await runBash("X --dry-run -n 3 -c 1 -- true >/dev/full");
    assertMatch(stderr, /^executor: the commands cannot be written: No space left/);
    assertEquals(code, 1);
  },
);

Deno.test("--dry-run reads no hosts and no allocation for its lines", async () => {
  const { code, stdout } = await runCli([
    ...["run", "--dry-run", "--launcher", "ssh", "--hosts", "no-such-host.invalid:2"],
    ...["-n", "2", "-c", "1", "--", "./not-here", "{start}"],
  ]);
  assertEquals([code, stdout], [0, "./not-here 0\n./not-here 1\n"]);
});
