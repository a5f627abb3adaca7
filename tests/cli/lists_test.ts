// Lists of items: their line ends, the word that begins them, their total, and how much of them a command line holds.
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { splitSources, type StringSource } from "../../src/cli/sources.ts";
import { cliCommand, cliCommandLine, runBash, runCli } from "../helpers/cli.ts";
import { eventsIn, withFolder } from "../helpers/journal.ts";
import { LINUX, needs, testWith } from "../helpers/needs.ts";
import { writeProgram } from "../helpers/programs.ts";

const needsScript = needs(LINUX, "script");
const WARNED = /warning: the lines of \S+ end in CRLF: the CR at the end of a line is no part of/;

Deno.test("a list whose first line ends in CRLF loses its CRs, with a warning", async () => {
  await withFolder(async (folder) => {
    const list = `${folder}/list`;
    await Deno.writeTextFile(list, "a\r\nb\r\r\nc\n\rd\r\ne\r");
    const show = `-- sh -c 'printf "[%s]" "$1" | tr "\\r" R' sh`;
    for (const source of [`--items ${list}`, `--items - <${list}`]) {
      const [from, input = ""] = source.split(/ (?=<)/);
      const { code, stdout, stderr } = await runBash(
        `X ${from} --output ordered --reporter quiet ${show} ${input}`,
      );
      assertEquals([code, stdout], [0, "[a][bR][c][Rd][e]"]);
      assertMatch(stderr, WARNED);
    }
  });
});

Deno.test("a byte order mark is no part of the first item, unless items end in NUL", async () => {
  await withFolder(async (folder) => {
    const list = `${folder}/list`;
    await Deno.writeTextFile(list, "\ufeffa\r\n\ufeffb\r\n");
    const args = ["run", "--items", list, "-k", "--reporter", "quiet"];
    const show = ["--", "printf", "[%s]"];
    const { code, stdout, stderr } = await runCli([...args, ...show]);
    assertEquals([code, stdout], [0, "[a][\ufeffb]"]);
    assertStringIncludes(stderr, `the byte order mark at the beginning of ${list} is left out`);
    assertMatch(stderr, WARNED);
    await Deno.writeTextFile(list, "\ufeffa\0");
    const whole = await runCli([...args, "-0", ...show]);
    assertEquals([whole.stdout, whole.stderr], ["[\ufeffa]", ""]);
  });
});

testWith("above a grid, that warning stays in the scrollback", needsScript, async () => {
  await withFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/list`, "a\r\nb\r\n");
    const { command, args } = cliCommandLine(["run", "--items", `${folder}/list`]);
    const line = [command, ...args].map((word) => `'${word}'`).join(" ");
    const { code, stdout } = await new Deno.Command("script", {
      args: ["-qec", `stty cols 200 rows 24; ${line} -- sh -c 'sleep 0.3'`, "/dev/null"],
      env: { CI: "", TERM: "xterm-256color" },
      stdin: "null",
    }).output();
    const said = new TextDecoder().decode(stdout);
    assertEquals(code, 0, said);
    assertMatch(said, WARNED);
  });
});

Deno.test("any other CR is a part of its item, and is shown wherever that is named", async () => {
  await withFolder(async (folder) => {
    const list = `${folder}/list`;
    const journal = `${folder}/run.jsonl`;
    const report = `${folder}/run.html`;
    await Deno.writeTextFile(list, "plain\nreal\r\n");
    const args = ["--items", list, "--journal", journal, "--report", report, "--", "test", "-z"];
    const { code, stdout, stderr } = await runCli(["run", ...args]);
    assertEquals([code, stderr], [1, ""]);
    assertStringIncludes(
      stdout,
      "FAILED item 0 (plain) after 1 attempt: exit code 1\nFAILED item 1 (real\\r) after 1 attempt",
    );
    assertMatch(stdout, /FAILED +\d.* s {2}item 1 \(real\\r\)/);
    assert(!stdout.includes("\r"), stdout);
    assertStringIncludes(await Deno.readTextFile(report), "real\\\\r");
    assertStringIncludes(await Deno.readTextFile(journal), '"real\\r"');
  });
});

Deno.test("with NULs between them, items keep their CRs, and nothing is said of it", async () => {
  const { code, stdout, stderr } = await runBash(
    `printf 'a\\r\\0b\\r\\n\\0' | X --items - -0 --output ordered --reporter quiet -- sh -c 'printf "[%s]" "$1" | tr "\\r\\n" RN' sh`,
  );
  assertEquals({ code, stdout, stderr }, { code: 0, stdout: "[aR][bRN]", stderr: "" });
});

Deno.test("a tag shows a CR", async () => {
  const { stdout } = await runBash(
    `printf 'a\\nb\\r\\n' | X --items - -w 1 --output live --reporter quiet -- sh -c 'echo said' sh`,
  );
  assertEquals(stdout, "a\tsaid\nb\\r\tsaid\n");
});

Deno.test("a CR in other words is shown where they are wrong", async () => {
  const wrong: [args: string[], said: string][] = [
    [["run", "-n", "1", "--", "no-such\r"], "command not found: no-such\\r\n"],
    [["run", "-n", "1", "--timeout", "1s\r", "--", "true"], 'current value is "1s\\r"'],
    [["run", "--items", "/no/such\r", "--", "true"], '"/no/such\\r"'],
    [["run\r"], '"run\\r"'],
    [["report", "/no/such\r"], "the journal /no/such\\r cannot be read"],
  ];
  for (const [args, said] of wrong) {
    const { code, stderr } = await runCli(args);
    assertStringIncludes(stderr, said);
    assertEquals(code, 2);
  }
});

const SPLIT: [argv: string[], command: string[], ...sources: StringSource[]][] = [
  [["a", ":::", "b", "c"], ["a"], { kind: "words", words: ["b", "c"] }],
  [["a", ":::"], ["a"], { kind: "words", words: [] }],
  [["a", ":::note"], ["a", ":::note"]],
  [
    ["a", ":::note", ":::", ":::b", ":::::"],
    ["a", ":::note"],
    { kind: "words", words: [":::b", ":::::"] },
  ],
  [["a", "\\:::", "b"], ["a", ":::", "b"]],
  [
    ["a", "\\:::", ":::", "\\:::", "\\\\:::"],
    ["a", ":::"],
    { kind: "words", words: [":::", "\\:::"] },
  ],
  [["a", "\\::::", "\\:::+", "\\::", "\\:::note"], ["a", "::::", ":::+", "\\::", "\\:::note"]],
  [
    ["a", ":::", "b", ":::+", "c", "::::", "d", "-", "::::+", "e"],
    ["a"],
    { kind: "words", words: ["b"] },
    { kind: "words", words: ["c"], isLinked: true },
    { kind: "file", path: "d", separator: "\n" },
    { kind: "stdin", separator: "\n" },
    { kind: "file", path: "e", separator: "\n", isLinked: true },
  ],
];

for (const [argv, command, ...sources] of SPLIT) {
  Deno.test(`${argv.join(" ")} is ${command.join(" ")}, with ${sources.length} sources`, () => {
    const split = splitSources(argv);
    assertEquals([split.command, split.sources], [command, sources]);
  });
}

Deno.test("an argument that begins with ::: is an argument, wherever the items come from", async () => {
  const said = await Promise.all([
    runBash(`echo x | X --items - --output ordered --reporter quiet -- echo ':::note'`),
    runBash(`X --output ordered --reporter quiet -- echo ':::note' '\\:::' ::: x`),
    runBash(`X -n 1 --output ordered --reporter quiet -- echo '\\:::' ':::x'`),
  ]);
  assertEquals(said.map(({ stdout }) => stdout), [":::note x\n", ":::note ::: x\n", "::: :::x\n"]);
  const { code, stderr } = await runCli(["run", "-n", "1", "--", "grep", ":::", "x"]);
  assertEquals(code, 2);
  assertStringIncludes(stderr, "write '\\:::' if it is an argument");
});

Deno.test("a program may have placeholders in its name, or be one", async () => {
  await withFolder(async (folder) => {
    for (const step of ["1", "2"]) {
      const text = `#!/bin/sh\necho step ${step} "$@"\n`;
      await writeProgram(`${folder}/step${step}.sh`, text);
    }
    const run = (line: string) =>
      runBash(
        `cd ${folder} && X ${
          line.startsWith("--rep") ? "" : "--reporter quiet --output ordered"
        } ${line}`,
      );
    assertEquals((await run("-- ./step{}.sh ::: 1 2")).stdout, "step 1\nstep 2\n");
    assertEquals((await run("-- ./step{item}.sh {index} ::: 1 2")).stdout, "step 1 0\nstep 2 1\n");
    assertEquals(
      (await run("-- {} now ::: ./step2.sh ./step1.sh")).stdout,
      "step 2 now\nstep 1 now\n",
    );
    assertEquals((await run("-n 3 -c 1 -- ./step{start}.sh {end}")).stdout, "step 1 2\nstep 2 3\n");
    const { code, stdout } = await run(
      "--reporter plain --output none -r 2 -- ./step{}.sh ::: 1 3",
    );
    assertEquals(code, 1);
    assertMatch(stdout, /item 1 \(3\) after 1 attempt: command not found: \.\/step3\.sh/);
    const empty = await run("--reporter plain --output none -r 2 -- {} ::: ''");
    assertMatch(empty.stdout, /after 1 attempt: the name of the program is empty/);
  });
});

const TOTALS: [name: string, line: string, said: string[]][] = [
  ["numbers", "X -n 3 -c 1 -w 2 OPTIONS", ["3", "3", "3"]],
  ["words", "X -w 2 OPTIONS ::: a b c", ["3", "3", "3"]],
  ["a file", "printf 'a\\nb\\nc' >list; X --items list -w 2 OPTIONS", ["3", "3", "3"]],
  ["stdin", "seq 6 | X --items - -w 1 OPTIONS", [
    "unset",
    "unset",
    "unset",
    "unset",
    "unset",
    "unset",
  ]],
  [
    "stdin, in a worker of another run",
    "export EXECUTOR_TOTAL=9; seq 3 | X --items - -w 1 OPTIONS",
    ["unset", "unset", "unset"],
  ],
  [
    "a slow producer",
    "(echo a; sleep 0.3; echo b) | X --items - -w 1 OPTIONS",
    ["unset", "unset"],
  ],
];

for (const [name, line, said] of TOTALS) {
  Deno.test(`EXECUTOR_TOTAL is set for all workers or for none: ${name}`, async () => {
    await withFolder(async (folder) => {
      const options =
        `--output ordered --reporter quiet -- sh -c 'echo "\${EXECUTOR_TOTAL-unset}"' sh`;
      const { stdout } = await runBash(`cd ${folder}; ${line.replace("OPTIONS", options)}`);
      assertEquals(stdout.trim().split("\n"), said);
    });
  });
}

/** Counts the arguments of each worker. */
const COUNT = ["--", "sh", "-c", "echo $#", "sh"];
/** With each of them twice, the arguments of a worker take up twice as much. */
const COUNT_TWICE = [...COUNT, "{items}", "--", "{items}"];

Deno.test("items that no command line holds are spread over several, in order", async () => {
  await withFolder(async (folder) => {
    const list = `${folder}/list`;
    const total = 50_000;
    const line = (index: number) => `${index}-${"x".repeat(100)}`;
    await Deno.writeTextFile(
      list,
      Array.from({ length: total }, (_, index) => line(index)).join("\n"),
    );
    for (const [command, counted] of [[COUNT, total], [COUNT_TWICE, 2 * total]] as const) {
      const journal = `${folder}/${counted}.jsonl`;
      const args = ["--items", list, "--per-process", `${total}`, "--journal", journal];
      const shown = ["--output", "ordered", "--reporter", "quiet"];
      const { code, stdout, stderr } = await runCli(["run", ...args, ...shown, ...command]);
      const counts = stdout.trim().split("\n").map(Number);
      const extra = command === COUNT ? 0 : counts.length;
      assertEquals([code, stderr], [0, ""]);
      assert(counts.length > 1, stdout);
      assertEquals(counts.reduce((sum, count) => sum + count, 0) - extra, counted);
      const ranges = eventsIn(journal, "range-ended")
        .map(({ startIndex, endIndex }) => [startIndex, endIndex] as const)
        .sort(([a], [b]) => a - b);
      assertEquals(ranges.length, counts.length);
      assertEquals(ranges.at(0)![0], 0);
      assertEquals(ranges.at(-1)![1], total);
      ranges.slice(1).forEach(([start], index) => assertEquals(start, ranges[index]![1]));
      const again = await runCli(["run", ...args, "--resume", ...shown, ...command]);
      assertEquals([again.code, again.stdout], [0, ""]);
    }
  });
});

Deno.test("the environment takes its part of the space, and a small stack leaves less", async () => {
  const script = `export BIG1=$(head -c 30000 /dev/zero | tr "\\0" x)
    export BIG2=$BIG1 BIG3=$BIG1
    seq 100000 200000 | X --items - --per-process 200000 --output ordered --reporter quiet ${
    COUNT.map((word) => `'${word}'`).join(" ")
  }`;
  for (const limit of ["", "ulimit -s 1024; "]) {
    const { code, stdout } = await runBash(limit + script);
    const counts = stdout.trim().split("\n").map(Number);
    assertEquals([code, counts.reduce((sum, count) => sum + count, 0)], [0, 100_001]);
  }
});

Deno.test("an item that no program can be given has a process of its own, and the others run", async () => {
  const lines = ["a", "b", "x".repeat(131_072), "c", "d\xff", "e", "f"].join("\n");
  const child = cliCommand(
    ["run", "--items", "-", "--per-process", "100", "-w", "1", "--", "echo"],
    { stdin: "piped" },
  ).spawn();
  const writer = child.stdin.getWriter();
  const fed = writer.write(Uint8Array.from(lines, (character) => character.charCodeAt(0)))
    .then(() => writer.close());
  const { code, stdout } = await child.output();
  await fed;
  const said = new TextDecoder().decode(stdout);
  assertEquals(code, 1);
  assertMatch(
    said,
    /CRASHED item 2 \(x+…\) after 1 attempt: .*too long: an argument has 131072 bytes/,
  );
  assertMatch(
    said,
    /CRASHED item 4 \(d\\xff\) after 1 attempt: argument "d\\xff" cannot be passed/,
  );
  assertMatch(said, /: 3 done · 2 failed \(2 crashed\) of 5 ranges · 5 of 7 items done/);
});
