// The options that say when items start, in which order, and which are skipped, from the command line.
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { PARSERS } from "../../src/cli/option_types.ts";
import { runCli } from "../helpers/cli.ts";
import { withFolder } from "../helpers/journal.ts";

const SPELLED: readonly (readonly [syntax: keyof typeof PARSERS, text: string, value: unknown])[] =
  [
    ["load", "80%", "80%"],
    ["load", "1.5", 1.5],
    ["start-rate", "50/m", { starts: 50, per: 60_000 }],
    ["start-rate", "5/s", { starts: 5, per: 1_000 }],
    ["start-rate", "1000/h", { starts: 1_000, per: 3_600_000 }],
    ["start-rate", "3/1m30s", { starts: 3, per: 90_000 }],
    ["order", "shuffle", "shuffle"],
    ["order", "shuffle:0", { shuffle: 0 }],
    ["order", "longest:a:b.jsonl", { longest: "a:b.jsonl" }],
  ];

for (const [syntax, text, value] of SPELLED) {
  Deno.test(`${text} is read as ${syntax}`, () => {
    assertEquals(PARSERS[syntax]({ name: "option", value: text }), value);
  });
}

const WRONG: readonly (readonly [args: string, sentence: string])[] = [
  ["--memory-free 2X -n 1", "--memory-free must be a number of bytes or a size such as 512M or 4G"],
  [
    "--memory-free 0 -n 1",
    "--memory-free must be a number of bytes or a size such as 512M or 4G, of at least 1: current value is ",
  ],
  ["--memory-free 1G --launcher slurm -n 1", "--memory-free must be used with --launcher local"],
  ["--load fast -n 1", "--load must be a share of the CPUs such as 80%, or a number of threads"],
  ["--load 0% -n 1", "--load must be a number of more than 0, or a share of the CPUs"],
  ["--rate 50 -n 1", "--rate must be a number of starts and a time, such as 5/s"],
  ["--rate 5/w -n 1", "--rate must be a number of starts and a time, such as 5/s"],
  [
    "--rate 0/s -n 1",
    'the number of starts of --rate must be an integer from 1 to 1000000: current value is "0/s"',
  ],
  ["--order sorted -n 1", "--order must be given, shuffle, shuffle:SEED"],
  ["--order shuffle:x -n 1", "--order must be given, shuffle, shuffle:SEED"],
  ["--order longest: -n 1", "--order must be given, shuffle, shuffle:SEED"],
  ["--order longest:/dev/null/x -n 1", "the journal /dev/null/x cannot be read"],
  ["--order largest -n 1", "--order largest needs a list of items that are files"],
  ["--order largest --csv -a /dev/null", "--order largest needs items that are paths"],
  ["--creates out/{start} -n 4", "--creates must be used with one item per process: add -c 1"],
  ["--creates out/x -n 4 -c 1", '--creates must name the item, as in "out/{start}.png"'],
  ["--creates out/{item.stm} -n 4 -c 1", "{item.stm}"],
  [
    "--order shuffle -a /dev/null --creates out/{#}",
    "--creates must not name the place of an item, as {#} does, with --order: " +
    'use the item, as in "out/{item.stem}.png": current value is "out/{#}"',
  ],
  [
    "--order largest -a /dev/null --creates {item.dir}/{start:04}",
    "--creates must not name the place of an item, as {start:04} does, with --order",
  ],
];

Deno.test("a warning says that files are named by the places of a list", async () => {
  await withFolder(async (folder) => {
    const run = (path: string) =>
      runCli(["run", "--creates", path, "--", "touch", path, ":::", "a"], { cwd: folder });
    const warning = "--creates names items by their places, as {#} does: if the list changes, " +
      "an item is skipped for the file of another one";
    const { code, stderr } = await run("{#}");
    assertEquals(code, 0);
    assertStringIncludes(stderr, warning);
    for (const path of ["{item}", "{#}-{item}"]) {
      assertEquals((await run(path)).stderr.includes("places"), false, path);
    }
  });
});

Deno.test("numbers keep their places in any order", async () => {
  await withFolder(async (folder) => {
    const options = ["-n", "3", "-c", "1", "--order", "shuffle", "--creates", "{#}"];
    const { code, stderr } = await runCli(["run", ...options, "--", "touch", "{#}"], {
      cwd: folder,
    });
    assertEquals([code, stderr.includes("places")], [0, false]);
  });
});

for (const [args, sentence] of WRONG) {
  Deno.test(`run ${args} is refused`, async () => {
    const { code, stderr } = await runCli(["run", ...args.split(" "), "--", "true"]);
    assertStringIncludes(stderr, sentence);
    assertEquals(code, 2);
  });
}

Deno.test("--creates is refused with several items per process", async () => {
  const { code, stderr } = await runCli([
    ...["run", "--creates", "{item}.x", "--per-process", "2", "--", "true", ":::", "a", "b"],
  ]);
  assertEquals(code, 2);
  assertStringIncludes(stderr, "one item per process: leave --per-process and --chunk-size out");
});

Deno.test("-k prints a shuffled list in the order of its starts, and the plain reporter tells the seed", async () => {
  const items = ["1", "2", "3", "4", "5", "6"];
  const run = (order: string, reporter: string) =>
    runCli([
      "run",
      "--order",
      order,
      "-k",
      "-w",
      "3",
      "--reporter",
      reporter,
      "--",
      "echo",
      "{}",
      ":::",
      ...items,
    ]);
  const first = await run("shuffle:3", "quiet");
  assertEquals(first.stdout, "3\n4\n6\n2\n1\n5\n");
  const second = await run("shuffle", "plain");
  const [, order] = /started: 6 items, 3 workers, order (shuffle:\d+)/.exec(second.stderr) ?? [];
  assert(order !== undefined, second.stderr);
  assertEquals((await run(order, "quiet")).stdout, second.stdout);
});

Deno.test("--dry-run has the order of the run, and the largest file is first", async () => {
  await withFolder(async (folder) => {
    for (const size of [1, 30, 2]) await Deno.writeTextFile(`${folder}/${size}`, "x".repeat(size));
    const args = ["--order", "largest", "--dry-run", "--", "cat", "{}", ":::", "1", "2", "30"];
    const { stdout, stderr } = await runCli(["run", ...args], { cwd: folder });
    assertEquals(stdout, "cat 30\ncat 2\ncat 1\n");
    assertEquals(stderr, "executor: the order is largest\n");
  });
});

Deno.test("a list from a pipe is read to its end, and put in order", async () => {
  const { code, stdout } = await runCli(
    [
      "run",
      "--items",
      "-",
      "--order",
      "shuffle:3",
      "-k",
      "--reporter",
      "quiet",
      "--",
      "echo",
      "{}",
    ],
    { input: "1\n2\n3\n4\n5\n6\n" },
  );
  assertEquals([code, stdout], [0, "3\n4\n6\n2\n1\n5\n"]);
});

Deno.test("longest:JOURNAL goes by the times of a journal, and a resumed run keeps the order", async () => {
  await withFolder(async (folder) => {
    const script = "case $1 in slow) sleep 1;; esac; echo $1; test $1 != bad || test -e fixed";
    const run = (...args: string[]) =>
      runCli(
        [
          ...[
            "run",
            "-k",
            "--reporter",
            "quiet",
            "-w",
            "1",
            ...args,
            "--",
            "sh",
            "-c",
            script,
            "sh",
          ],
          ...["{}", ":::", "bad", "quick", "slow"],
        ],
        { cwd: folder },
      );
    const first = await run("--journal", "first.jsonl");
    assertEquals([first.code, first.stdout], [1, "bad\nquick\nslow\n"]);
    const second = await run("--order", "longest:first.jsonl", "--journal", "second.jsonl");
    assertEquals([second.code, second.stdout], [1, "bad\nslow\nquick\n"]);
    await Deno.writeTextFile(`${folder}/fixed`, "");
    const resumed = await runCli(["resume", "second.jsonl", "--reporter", "quiet"], {
      cwd: folder,
    });
    assertEquals([resumed.code, resumed.stdout], [0, "bad\n"]);
  });
});

Deno.test("what is there is skipped, with a word of its own, also with --dry-run, and not if it was begun before", async () => {
  await withFolder(async (folder) => {
    await Deno.mkdir(`${folder}/out`);
    for (const name of ["a.txt", "b.txt"]) await Deno.writeTextFile(`${folder}/${name}`, name);
    const command = ["--creates", "out/{item.stem}.copy", "--journal", "run.jsonl"];
    const worker = [
      "--",
      "sh",
      "-c",
      "test $1 != b.txt || test -e fixed && cp $1 out/$2.copy",
      "sh",
    ];
    const words = ["{}", "{item.stem}", ":::", "a.txt", "b.txt"];
    const first = await runCli(
      ["run", ...command, "--reporter", "plain", ...worker, ...words],
      { cwd: folder },
    );
    assertEquals(first.code, 1, first.stdout);
    const dry = await runCli(
      ["run", ...command.slice(0, 2), "--dry-run", "--", "cp", ...words],
      { cwd: folder },
    );
    assertEquals(dry.stdout, "cp b.txt b\n");
    assertEquals(dry.stderr, "executor: skips 1 item, whose file is there\n");
    // It was begun: what is there now may be half of the file.
    await Deno.writeTextFile(`${folder}/out/b.copy`, "");
    await Deno.writeTextFile(`${folder}/fixed`, "");
    await Deno.remove(`${folder}/out/a.copy`);
    const resumed = await runCli(["resume", "run.jsonl", "--reporter", "plain"], { cwd: folder });
    assertMatch(resumed.stdout, /\[2\/2\] SUCCESS .* item 1 \(b.txt\)/);
    assertStringIncludes(resumed.stdout, "2 done (1 before) of 2 items");
    assertEquals(resumed.code, 0);
    assertEquals(await Deno.readTextFile(`${folder}/out/b.copy`), "b.txt");
  });
});

Deno.test("a resumed run skips what no earlier run has begun, and runs what was stopped halfway again", async () => {
  await withFolder(async (folder) => {
    const script =
      "echo half > $1.out; test -e go || { kill -INT $PPID; exec sleep 9; }; echo whole > $1.out";
    const options = ["--creates", "{item}.out", "--journal", "run.jsonl", "-w", "1"];
    const first = await runCli(
      [
        "run",
        ...options,
        "--reporter",
        "plain",
        "--",
        "sh",
        "-c",
        script,
        "sh",
        "{}",
        ":::",
        "a",
        "b",
      ],
      { cwd: folder },
    );
    assertStringIncludes(first.stdout, "1 stopped · 1 not started");
    await Deno.writeTextFile(`${folder}/go`, "");
    await Deno.writeTextFile(`${folder}/b.out`, "there\n");
    const resumed = await runCli(["resume", "run.jsonl", "--reporter", "plain"], { cwd: folder });
    assertEquals(resumed.code, 0, resumed.stdout);
    assertStringIncludes(resumed.stdout, "2 done (1 skipped) of 2 items");
    assertEquals(await Deno.readTextFile(`${folder}/a.out`), "whole\n");
    assertEquals(await Deno.readTextFile(`${folder}/b.out`), "there\n");
  });
});

Deno.test("an item that ends well without its file fails, and is tried again as other failures are", async () => {
  const { code, stdout } = await runCli([
    ...["run", "--creates", "/dev/null/{item}", "--reporter", "plain"],
    ...["-r", "1", "--retry-delay", "1ms", "--retry-on", "file-missing", "--", "true", ":::", "a"],
  ]);
  assertEquals(code, 1);
  const why = "item 0 \\(a\\).*: ended well, but its file /dev/null/a is not there";
  assertMatch(stdout, new RegExp(`RETRYING .*${why}, attempt 1 of 2, again in`));
  assertMatch(stdout, new RegExp(`FAILED .*${why}$`, "m"));
});

Deno.test("--dry-run makes no files, and does not miss them", async () => {
  await withFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/a`, "");
    for (const job of [["-n", "1", "-c", "1"], [":::", "a", "no file"]]) {
      const [word, list] = job[0] === ":::" ? ["{item}", job] : ["{start}", []];
      const options = job[0] === ":::" ? [] : job;
      const { code, stderr } = await runCli(
        [
          "run",
          "--dry-run",
          "--creates",
          `${word}.out`,
          ...options,
          "--",
          "cp",
          word!,
          "x",
          ...list!,
        ],
        { cwd: folder },
      );
      assertEquals([code, stderr], [0, ""]);
    }
  });
});
