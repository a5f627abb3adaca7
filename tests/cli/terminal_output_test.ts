// What workers print reaches a terminal as text and colours only, and a pipe byte for byte.
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { cliCommandLine, runCli } from "../helpers/cli.ts";
import { LINUX, needs, testWith } from "../helpers/needs.ts";
import { inTerminal, shellLine } from "../helpers/pty.ts";

const needsScript = needs(LINUX, "script");

/** Runs the command line in a terminal, and returns all that the terminal gets. */
async function runInTerminal(args: string[], redirect = ""): Promise<string> {
  const line = cliCommandLine(args);
  return await inTerminal(`${shellLine([line.command, ...line.args])} ${redirect}`);
}

/** The sequences of the grid and of colours, and line ends. */
// deno-lint-ignore no-control-regex
const OWN = /\x1b\[(?:\d*[ABCJK]|[\d;]*m|\?25[hl]|\?2026[hl])|[\t\r\n]/g;
// deno-lint-ignore no-control-regex
const CONTROLS = /[\x00-\x1f\x7f-\x9f]/;

/** Prints sequences whole and in pieces, on both streams, and colours. */
const WORKER = String.raw`
  printf 'a\033]52;c;ZXZpbA==\007b\033[6nc\033]8;;http://evil\033\\d\n'
  printf '\302\2336ne\302\235evil\302\234f\n'
  printf 'g\033]52;c;'; sleep 0.1; printf 'ZXZpbA=='; sleep 0.1; printf '\007h\033'; sleep 0.1; printf '[6ni\n'
  printf '\033[31mred\033[0m\033P+q\033\\\n'
  printf 'x\033]52;c;ZXZpbA==\007\033[6n\n' >&2
  exit 3`;
const HOSTILE = "it\x1b]52;c;ZXZpbA==\x07em\x1b[6n\u009b5n";

for (const output of ["ordered", "live"]) {
  for (const reporter of ["plain", "grid", "quiet"]) {
    testWith(
      `--output ${output} --reporter ${reporter} on a terminal shows text`,
      needsScript,
      async () => {
        const text = await runInTerminal(
          ["run", "--output", output, "--reporter", reporter, "--show-log", "--title", HOSTILE]
            .concat(["--", "sh", "-c", WORKER, "sh", "{item}", ":::", HOSTILE, "two"]),
        );
        assert(!CONTROLS.test(text.replace(OWN, "")), JSON.stringify(text));
        assert(!text.includes("52;c"), JSON.stringify(text));
        for (const shown of ["abcd", "ef", "ghi", "red"]) assertStringIncludes(text, shown);
      },
    );
  }
}

testWith("colours of workers reach a terminal unless --color never", needsScript, async () => {
  const run = ["run", "-n", "1", "--output", "ordered", "--reporter", "quiet"];
  const worker = ["--", "printf", "\\033[35mx\\033[0m"];
  assertEquals(await runInTerminal([...run, ...worker]), "\x1b[35mx\x1b[0m\x1b[0m");
  assertEquals(await runInTerminal([...run, "--color", "never", ...worker]), "x");
});

testWith("a pipe and a file get exactly the bytes", needsScript, async () => {
  const bytes = "\x1b]52;c;ZXZpbA==\x07\x1b[6n\u009b5n\n";
  const args = ["run", "-n", "1", "--output", "ordered", "--reporter", "quiet", "--"]
    .concat(["printf", "%s", bytes]);
  assertEquals((await runCli(args)).stdout, bytes);
  const file = await Deno.makeTempFile();
  try {
    await runInTerminal(args, `> ${file}`);
    assertEquals(await Deno.readTextFile(file), bytes);
  } finally {
    await Deno.remove(file);
  }
});

testWith("the events are safe on a terminal, too", needsScript, async () => {
  const text = await runInTerminal(
    ["run", "--reporter", "jsonl", "--title", HOSTILE, "--", "sh", "-c", WORKER, "sh", "{item}"]
      .concat([":::", HOSTILE]),
  );
  assert(!CONTROLS.test(text.replace(OWN, "")), JSON.stringify(text));
  const events = text.trim().split("\n").map((line) => JSON.parse(line));
  assertEquals(events[0].kind, "run-started");
  assertStringIncludes(JSON.stringify(events), JSON.stringify(HOSTILE).slice(1, -1));
});

testWith("errors and the doctor quote arguments as text", needsScript, async () => {
  const cases = [
    ["run", "--workers", HOSTILE, "--", "true"],
    ["run", `--${HOSTILE}`, "--", "true"],
    ["run", HOSTILE, "--", "true"],
    ["run", "-n", "1", "--", `no${HOSTILE}such`],
    ["run", "-n", "1", "--", "echo", `{${HOSTILE}}`],
    ["run", "-n", "1", "--journal", `/no/${HOSTILE}`, "--", "true"],
    ["run", "-n", "1", "--results", `/proc/${HOSTILE}`, "--", "true"],
    ["run", "-n", "1", "--log-dir", `/proc/${HOSTILE}`, "--", "true"],
    ["run", "--items", `/no/${HOSTILE}`, "--", "true"],
    ["doctor", "--no-stop-test", "--", "sh", "-c", WORKER, HOSTILE],
    ["report", `/no/${HOSTILE}`],
    [HOSTILE],
  ];
  for (const args of cases) {
    const text = await runInTerminal(args);
    assert(!CONTROLS.test(text.replace(OWN, "")), `${args}: ${JSON.stringify(text)}`);
  }
});
