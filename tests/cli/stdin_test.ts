// --stdin: the items of a range on the stdin of its worker, with real programs.
import { readJournal } from "@lambdawaker/executor/journal";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { cliCommand, runBash, runCli } from "../helpers/cli.ts";
import { withFolder } from "../helpers/journal.ts";
import { processesWith, until } from "../helpers/processes.ts";
import { LINUX, needs, testWith } from "../helpers/needs.ts";

const QUIET = "--reporter quiet";
const onLinux = needs(LINUX);

/** What a line of bash prints, and the exit code of its last command. */
async function say(line: string): Promise<[number, string, string]> {
  const { code, stdout, stderr } = await runBash(line);
  return [code, stdout, stderr];
}

const PROGRAMS: [title: string, line: string, stdout: string][] = [
  ["wc", `seq 10 | X -k ${QUIET} --items - --stdin --per-process 4 -- wc -l`, "4\n4\n2\n"],
  ["cat", `X -n 5 -c 2 -k ${QUIET} --stdin -- cat`, "0\n1\n2\n3\n4\n"],
  ["head", `X -n 900000 -c 300000 -k ${QUIET} --stdin -- head -n 1`, "0\n300000\n600000\n"],
  ["tail", `X -n 900000 -c 300000 -k ${QUIET} --stdin -- tail -n 1`, "299999\n599999\n899999\n"],
  ["sort", `X -k ${QUIET} --stdin --per-process 3 -- sort -r ::: a c b z x`, "c\nb\na\nz\nx\n"],
  ["tr", `X -k ${QUIET} --stdin -- tr a-z A-Z ::: 'two  words' '*'`, "TWO  WORDS\n*\n"],
  ["one item a process", `X -k ${QUIET} --stdin -- wc -l ::: a b`, "1\n1\n"],
  [
    "a shell",
    `X -k ${QUIET} --stdin -- sh -c 'while read -r x; do printf "[%s]" "$x"; done' ::: 'a\\b'`,
    "[a\\b]",
  ],
  [
    "placeholders beside it",
    `X -k ${QUIET} --stdin -- sh -c 'echo $0; cat' {item} ::: x`,
    "x\nx\n",
  ],
  ["a blank item", `X -k ${QUIET} --stdin --per-process 3 -- wc -l ::: a '' b`, "3\n"],
  ["a program that is not asked to read", `X -k ${QUIET} --stdin -- echo no ::: x`, "no\n"],
  [
    "NULs",
    `printf 'a b\\0c\\nd\\0' | X -k ${QUIET} --items - -0 --stdin --per-process 2 -- tr '\\0' ';'`,
    "a b;c\nd;",
  ],
  [
    "NULs of words",
    `X -k ${QUIET} -0 --stdin --per-process 2 -- xargs -0 -n 1 echo : ::: 'a b' c`,
    ": a b\n: c\n",
  ],
];

for (const [title, line, stdout] of PROGRAMS) {
  Deno.test(`--stdin with real programs: ${title}`, async () => {
    assertEquals(await say(line), [0, stdout, ""]);
  });
}

testWith("--stdin does what parallel --pipe does", needs("parallel"), async () => {
  const [code, stdout] = await say(
    `seq 100000 | X -k ${QUIET} -w 4 --items - --stdin --per-process 7000 -- cksum
     echo --; seq 100000 | parallel -k -j4 --pipe -N 7000 cksum`,
  );
  const [ours, theirs] = stdout.split("--\n");
  assertEquals([code, ours!.split("\n").length], [0, 16]);
  assertEquals(ours, theirs);
});

Deno.test("without --stdin, the stdin of workers is empty", async () => {
  assertEquals(await say(`echo ours | X -n 1 -k ${QUIET} -- cat`), [0, "", ""]);
});

Deno.test("bytes that are not UTF-8 are handed on as they are", async () => {
  const [code, stdout] = await say(
    `printf 'a\\377b\\n\\355\\240\\200\\nok\\360\\237\\230\\200\\n' >/tmp/$$.in
     X -k ${QUIET} --items /tmp/$$.in --stdin --per-process 3 -- cat | cmp - /tmp/$$.in && echo same; rm /tmp/$$.in`,
  );
  assertEquals([code, stdout], [0, "same\n"]);
  const alone = await say(`printf 'a\\377b\\n' | X -k ${QUIET} --items - --stdin -- od -An -tx1`);
  assertEquals(alone, [0, " 61 ff 62 0a\n", ""]);
});

Deno.test("an item that would be two lines is refused, and the others are done", async () => {
  await withFolder(async (folder) => {
    const { code, stdout } = await runCli(
      ["run", "-k", "--reporter", "quiet", "--journal", `${folder}/j`, "-r", "3", "--stdin", "--"]
        .concat(["cat", ":::", "a\nb", "c"]),
    );
    assertEquals([code, stdout], [1, "c\n"]);
    const ends = Array.from(readJournal(`${folder}/j`)).filter(({ kind }) =>
      kind === "range-ended"
    );
    assertMatch(
      JSON.stringify(ends[0]),
      /"CRASHED".*item \\"a\\\\nb\\" cannot be handed to a worker on stdin: it contains a newline \(with -0/,
    );
  });
});

const UNREAD: [title: string, worker: string, code: number][] = [
  ["reads a part and exits with 0", "head -n 1 >/dev/null", 0],
  ["reads nothing and exits with 0", "true", 0],
  ["closes its stdin and works on", "exec <&-; sleep 0.3", 0],
  ["reads nothing for long", "sleep 0.5", 0],
  ["leaves a process that holds its stdin", "exec 3<&0; sleep 0.4 <&3 >/dev/null 2>&1 & exit 0", 0],
  ["fails before it has read all", "head -c 10 >/dev/null; exit 3", 1],
];

for (const [title, worker, expected] of UNREAD) {
  Deno.test(`a worker that ${title} is judged by its exit code`, async () => {
    const [code] = await say(
      `X -n 4000000 -c 2000000 -w 2 ${QUIET} --stdin -- sh -c '${worker}'`,
    );
    assertEquals(code, expected);
  });
}

testWith(
  "millions of lines need little memory, and a worker that does not read none",
  onLinux,
  async () => {
    const [, stdout] = await say(
      `X -n 30000000 -c 10000000 -w 3 -k ${QUIET} --stdin -- sh -c 'sleep 0.7; wc -l' &
     pid=$!; top=0
     while kill -0 $pid 2>/dev/null; do
       rss=$(ps -o rss= --ppid $pid | sort -n | tail -n 1); [ "\${rss:-0}" -le $top ] || top=$rss
       sleep 0.1
     done; wait $pid; echo $? $top`,
    );
    const lines = stdout.trim().split("\n");
    assertEquals(lines.slice(0, 3), ["10000000", "10000000", "10000000"]);
    const [code, top] = lines[3]!.split(" ").map(Number);
    assertEquals(code, 0);
    assert(top! < 300_000, `${top} KiB`);
  },
);

Deno.test("a stop ends workers that wait for their stdin to be read", async () => {
  await withFolder(async (folder) => {
    const worker = `touch ${folder}/$$; exec sleep 60`;
    const child = cliCommand(
      ["run", "-n", "2000000", "-c", "1000000", "-w", "2", "--stdin", "--", "sh", "-c", worker],
    ).spawn();
    await until(() => Array.from(Deno.readDirSync(folder)).length === 2, "both work");
    child.kill("SIGINT");
    const { signal } = await child.output();
    assertEquals(signal, "SIGINT");
    assertEquals(processesWith(folder), []);
  });
});

Deno.test("a retry gets the items again, from the checkpoint on if it begins there", async () => {
  await withFolder(async (folder) => {
    const worker = `cat >>${folder}/$0; [ $EXECUTOR_ATTEMPT = 2 ] || { echo PROGRESS: 2; exit 1; }`;
    for (const from of ["start", "checkpoint"]) {
      const [code] = await say(
        `X -r 1 --retry-delay 10ms --retry-from ${from} ${QUIET} --stdin --per-process 3 -- sh -c '${worker}' ${from} ::: a b c`,
      );
      assertEquals(code, 0);
    }
    assertEquals(Deno.readTextFileSync(`${folder}/start`), "a\nb\nc\na\nb\nc\n");
    assertEquals(Deno.readTextFileSync(`${folder}/checkpoint`), "a\nb\nc\nc\n");
  });
});

Deno.test("a run that resumes hands on what is not done, and refuses to run without --stdin", async () => {
  await withFolder(async (folder) => {
    const worker = `read -r x; [ "$x" != 4 ] || [ -e ${folder}/go ] || exit 1; echo $x; cat`;
    const run = (flag: string) =>
      say(
        `X -n 6 -c 2 -w 1 -k ${QUIET} --journal ${folder}/j --resume ${flag} -- sh -c '${worker}'`,
      );
    assertEquals((await run("--stdin")).slice(0, 2), [1, "0\n1\n2\n3\n"]);
    const [code, stdout, stderr] = await run("");
    assertEquals([code, stdout], [2, ""]);
    assertStringIncludes(stderr, `the stdin of workers was "lines" and is not given`);
    await Deno.writeTextFile(`${folder}/go`, "");
    assertEquals(await run("--stdin"), [0, "4\n5\n", ""]);
  });
});

Deno.test("many items of a process need no space on its command line", async () => {
  const [code, stdout] = await say(
    `seq 1000000 1600000 | X -k ${QUIET} --items - --stdin --per-process 1000000 -- wc -l`,
  );
  assertEquals([code, stdout], [0, "600001\n"]);
});

Deno.test("--stdin is refused for workers elsewhere without a pilot", async () => {
  for (const args of [["--launcher", "ssh", "--hosts", "n1:1"], ["--launcher", "slurm"]]) {
    const { code, stderr } = await runCli([
      "run",
      "-n",
      "1",
      "--stdin",
      "--remote-deno",
      "none",
      ...args,
      "--",
      "cat",
    ]);
    assertEquals(code, 2);
    assertStringIncludes(stderr, "--stdin cannot be used with --remote-deno none");
  }
});
