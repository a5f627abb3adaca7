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

/** Runs a line of the page in a folder of its own. Returns its output. */
async function run(line: string): Promise<string> {
  let printed = "";
  await withFolder(async (folder) => {
    const [work, bin] = [`${folder}/work`, `${folder}/bin`];
    Deno.mkdirSync(work);
    Deno.mkdirSync(bin);
    prepare(work);
    const ours = `#!/bin/sh\nexec "${Deno.execPath()}" run -A --quiet "${ROOT}cli.ts" "$@"\n`;
    Deno.writeTextFileSync(`${bin}/executor`, ours, { mode: 0o755 });
    const { stdout } = await new Deno.Command("sh", {
      args: ["-c", line],
      cwd: work,
      env: { PATH: `${bin}:${Deno.env.get("PATH")}`, HOME: folder, TERM: "xterm-256color" },
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
  const sections = ["GNU parallel", "xargs", ...OTHERS].flatMap(blocksOf);
  assertEquals(sections.length, Array.from(PAGE.matchAll(/^ *```sh$/gm)).length);
});

Deno.test("the page has twenty calls of GNU parallel", () => assert(parallel.length >= 20));

for (const [theirs = "", ours = ""] of parallel) {
  testWith(`same output as ${theirs}`, needs("parallel"), async () => {
    const [expected, printed] = await Promise.all([run(theirs), run(ours)]);
    assertEquals(printed, expected);
    // A run that halts at once prints nothing.
    assert(expected !== "" || theirs.includes("--halt now"));
  });
}

for (const [theirs = "", ours = ""] of blocksOf("xargs")) {
  testWith(`same output as ${theirs}`, needs("xargs"), async () => {
    const [expected, printed] = await Promise.all([run(theirs), run(ours)]);
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
    assert(/100% 1000\/1000.*ended well/s.test(mpire!), mpire);
    assertEquals(inOrder(concurrently!), inOrder("echo one\tone\necho two\ttwo\nended well\n"));
  },
);
