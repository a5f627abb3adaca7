// Every call of docs/coming-from.md: the output of ours must equal that of GNU parallel and xargs; others are run alone.
import { assert, assertEquals } from "@std/assert";
import { withFolder } from "../helpers/journal.ts";
import { needs, testWith } from "../helpers/needs.ts";

const ROOT = new URL("../..", import.meta.url).pathname;
const PAGE = Deno.readTextFileSync(`${ROOT}docs/coming-from.md`);

/** Returns the blocks of commands in a section, as lines. */
function blocksOf(section: string): string[][] {
  const text = PAGE.split(/^## /m).find((part) => part.startsWith(`${section}\n`))!;
  return Array.from(text.matchAll(/^```sh\n([^]*?)\n```$/gm), ([, block]) => block!.split("\n"));
}

/** Creates the files that the commands of the page use. */
function prepare(folder: string): void {
  for (const [name, size] of [["one.txt", 3], ["two.txt", 50], ["three.txt", 700]] as const) {
    Deno.writeTextFileSync(`${folder}/${name}`, "x".repeat(size));
  }
  Deno.writeTextFileSync(`${folder}/list`, "first line\nsecond 'line'\nthird\n");
  const failsTwice = 'echo "try $1"; echo x >>".$1"; [ "$(wc -l <".$1")" -ge 3 ]';
  Deno.writeTextFileSync(`${folder}/fails-twice`, `#!/bin/sh\n${failsTwice}\n`, { mode: 0o755 });
  const work = "import sys\nstart, end = map(int, sys.argv[1:])\nprint('PROGRESS:', end - start)\n";
  Deno.writeTextFileSync(`${folder}/work.py`, work);
}

/** Creates the files that the calls of manual pages use. */
function prepareManual(folder: string): void {
  const write = (name: string, text: string) => Deno.writeTextFileSync(`${folder}/${name}`, text);
  for (const name of ["sounddir", "sounddir/sub", "mydir", "destdir", "tmp", "tmp/a b"]) {
    Deno.mkdirSync(`${folder}/${name}`);
  }
  for (const name of ["one", "two"]) {
    write(`${name}.html`, `<p>FOO BAR ${name} STRING FOO BAR\n`);
    write(`${name}.wav`, `sound ${name}\n`);
    write(`${name}.log`, `log ${name}\n`);
    write(`${name}.txt`, `a\n${name}\nSTRING\n`);
  }
  write("sounddir/x.wav", "x\n");
  write("sounddir/sub/y.z.wav", "y\n");
  for (const name of ["tmp/core", "tmp/a b/corex", "tmp/keep"]) write(name, "");
  for (let index = 0; index < 10; index++) write(`pict${index}.jpg`, "");
  write("00:05", "");
  write("xlist", "aardvark\nbabble\ncab\n");
  write("ylist", "1\n2\n");
  write("textfile", "first line\n  second 'line'\n$HOME\n");
  write("file_list", "one.txt\nno such file\nxlist\n");
  write("table_file.tsv", "foo\tbar\nbaz \t quux\n");
  write("addressbook.tsv", "Name\tE-mail address\nA B\ta@b\nC\tc@d\n");
  write("a.txt", "compressed\n");
  new Deno.Command("gzip", { args: [`${folder}/a.txt`] }).outputSync();
}

/** Runs a line of the page in a folder of its own. Returns its output. */
async function run(line: string, fill = prepare): Promise<string> {
  let printed = "";
  await withFolder(async (folder) => {
    const [work, bin] = [`${folder}/work`, `${folder}/bin`];
    Deno.mkdirSync(work);
    Deno.mkdirSync(bin);
    fill(work);
    // Some shells drop functions that bash has exported.
    const ours =
      `#!/usr/bin/env bash\nexec "${Deno.execPath()}" run -A --quiet "${ROOT}cli.ts" "$@"\n`;
    Deno.writeTextFileSync(`${bin}/executor`, ours, { mode: 0o755 });
    const { stdout } = await new Deno.Command("bash", {
      args: ["-c", line],
      cwd: work,
      env: {
        PATH: `${bin}:${Deno.env.get("PATH")}`,
        HOME: folder,
        XDG_STATE_HOME: folder,
        TERM: "xterm-256color",
      },
      stdin: "null",
      stderr: "null",
    }).output();
    printed = new TextDecoder().decode(stdout);
  });
  return printed;
}

const inOrder = (text: string) => text.split("\n").sort().join("\n");

const parallel = blocksOf("GNU parallel");
const OTHERS = ["rush", "mpire", "concurrently"];

Deno.test("each call on the page is in a section that is run", () => {
  const sections = [
    "GNU parallel",
    "The manual pages of GNU parallel",
    "xargs",
    ...OTHERS,
  ].flatMap(blocksOf);
  assertEquals(sections.length, Array.from(PAGE.matchAll(/^ *```sh$/gm)).length);
});

Deno.test("the page has twenty calls of GNU parallel", () => assert(parallel.length >= 20));

for (const [theirs = "", ours = ""] of parallel) {
  testWith(`same output as ${theirs}`, needs("parallel"), async () => {
    const [expected, printed] = await Promise.all([run(theirs), run(ours)]);
    assertEquals(printed, expected);
    assert(expected !== "");
  });
}

const manual = blocksOf("The manual pages of GNU parallel");
const xargs = blocksOf("xargs");
const ofManual = (line: string) => line.startsWith("find tmp") || line.startsWith("cut ");

Deno.test("the page has 24 calls of manual pages", () => {
  assert(manual.length + xargs.filter(([line = ""]) => ofManual(line)).length >= 24);
});

for (const [theirs = "", ours = ""] of manual) {
  testWith(`same output as ${theirs}, of the manual`, needs("parallel"), async () => {
    const [expected, printed] = await Promise.all([
      run(theirs, prepareManual),
      run(ours, prepareManual),
    ]);
    assertEquals(printed, expected);
    assert(expected !== "");
  });
}

for (const [theirs = "", ours = ""] of xargs) {
  testWith(`same output as ${theirs}`, needs("xargs"), async () => {
    const fill = ofManual(theirs) ? prepareManual : prepare;
    const [expected, printed] = await Promise.all([run(theirs, fill), run(ours, fill)]);
    assertEquals(inOrder(printed), inOrder(expected));
    assert(expected !== "");
  });
}

testWith(
  "rush, mpire, concurrently: our commands run unchanged",
  needs("python3"),
  async () => {
    const lines = OTHERS.flatMap(blocksOf).flat();
    const printed = await Promise.all(lines.map((line) => run(`${line} && echo ended well`)));
    const [rush, mpire, concurrently] = printed;
    assertEquals(rush, "job 1\njob 2\njob 3\nended well\n");
    assert(
      /1000 done of 1000 items.*ended well|1000 of 1000 items done.*ended well/s.test(mpire!),
      mpire,
    );
    assertEquals(inOrder(concurrently!), inOrder("echo one\tone\necho two\ttwo\nended well\n"));
  },
);
