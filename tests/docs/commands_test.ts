// Every block of commands in README.md and docs/ is run as it is written, page by page, in a clean copy of the project.
import { assert, assertEquals } from "@std/assert";
import { needs, POSIX, testWith } from "../helpers/needs.ts";
import {
  type Block,
  blocksOf,
  exitCodeOf,
  NOT_RUN,
  programsOf,
  RUN_ELSEWHERE,
  whyNotRun,
} from "./commands.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
/** A block that takes longer waits for something that does not come: the longest one takes fifteen seconds. */
const LIMIT_MS = 150_000;
/** What a clone does not have. */
const NOT_COPIED = [".git", "node_modules"];

const pages = ["README.md", ...markdownIn("docs")].map((page) => ({
  page,
  blocks: blocksOf(page, Deno.readTextFileSync(`${ROOT}${page}`)),
}));

function markdownIn(folder: string): string[] {
  return Array.from(Deno.readDirSync(`${ROOT}${folder}`), ({ name }) => `${folder}/${name}`)
    .filter((path) => path.endsWith(".md")).sort();
}

/** A copy of the project, with a home and a place for temporary files beside it. */
class Copy {
  readonly folder = Deno.makeTempDirSync();

  constructor() {
    for (const name of ["home", "bin", "tmp", "clone"]) Deno.mkdirSync(`${this.folder}/${name}`);
    for (const { name } of Deno.readDirSync(ROOT)) {
      if (NOT_COPIED.includes(name)) continue;
      const args = ["-R", `${ROOT}${name}`, `${this.folder}/clone/`];
      assert(new Deno.Command("cp", { args }).outputSync().success, name);
    }
    // Files that the first commands of the README name.
    for (const name of ["a.log", "b.log"]) {
      Deno.writeTextFileSync(`${this.folder}/clone/${name}`, "one\ntwo\n");
    }
    const deno = Deno.execPath();
    this.#addProgram("deno", `exec '${deno}' "$@"`);
    this.#addProgram("executor", `exec '${deno}' run -A '${this.folder}/clone/cli.ts' "$@"`);
    // Where npm is, it would fetch the same Deno again into a home that has none yet.
    this.#addProgram("npx", `[ "$1 $2" = "-y deno@2" ] || exit 9\nshift 2\nexec '${deno}' "$@"`);
  }

  #addProgram(name: string, script: string): void {
    const text = `#!/bin/sh\n${script}\n`;
    Deno.writeTextFileSync(`${this.folder}/bin/${name}`, text, { mode: 0o755 });
  }

  /** Runs a block. Files in /tmp are in the copy, so that two runs of this test do not meet. */
  async run({ text }: Block): Promise<{ code: number; printed: string }> {
    const { folder } = this;
    const child = new Deno.Command("sh", {
      args: ["-c", `set -e\n${text.replaceAll("/tmp/", `${folder}/tmp/`)}`],
      cwd: `${folder}/clone`,
      env: {
        HOME: `${folder}/home`,
        XDG_STATE_HOME: `${folder}/home/state`,
        // Runs are named there: those of another copy must not be among them.
        TMPDIR: `${folder}/tmp`,
        DENO_DIR: denoFolder(),
        PATH: `${folder}/bin:${folder}/home/.local/bin:${Deno.env.get("PATH")}`,
        NO_COLOR: "1",
        CI: "",
      },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
      detached: true,
    }).spawn();
    const kill = () => Deno.kill(-child.pid, "SIGKILL");
    const limit = setTimeout(kill, LIMIT_MS);
    const { code, stdout, stderr } = await child.output();
    clearTimeout(limit);
    try {
      // What it left in the background.
      kill();
    } catch {
      // Nothing was left.
    }
    const decoder = new TextDecoder();
    return { code, printed: decoder.decode(stdout) + decoder.decode(stderr) };
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.folder, { recursive: true });
  }
}

/** The folder of modules that Deno has fetched: a home without it would fetch them again. */
function denoFolder(): string {
  const { stdout } = new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).outputSync();
  return JSON.parse(new TextDecoder().decode(stdout)).denoDir;
}

for (const { page, blocks } of pages) {
  if (page in RUN_ELSEWHERE) continue;
  const run = blocks.filter((block) => whyNotRun(block) === undefined);
  const programs = programsOf(run);
  let copy: Copy | undefined;
  for (const [index, block] of run.entries()) {
    const [first] = block.text.split("\n");
    const name = `${page}, line ${block.line}: ${first}`;
    testWith(name, needs(POSIX, ...programs[index]!), async () => {
      copy ??= new Copy();
      const { code, printed } = await copy.run(block);
      assertEquals(code, exitCodeOf(block), printed);
    });
  }
  Deno.test(`${page}: the copy in which its commands ran is removed`, () => {
    copy?.[Symbol.dispose]();
  });
}

Deno.test("each reason not to run commands is needed", () => {
  const blocks = pages.flatMap(({ blocks }) => blocks);
  for (const [pattern] of NOT_RUN) {
    assert(blocks.some(({ text }) => pattern.test(text)), `${pattern}`);
  }
  for (const page of Object.keys(RUN_ELSEWHERE)) assert(pages.some((one) => one.page === page));
});

Deno.test("blocks are found with their lines, whatever is around them", () => {
  const text = "a\n\n```sh\nb\nc\n```\n\n- d\n\n  ```sh\n  e\n  ```\n\n```ts\nf\n```\n";
  assertEquals(blocksOf("x.md", text).map(({ line, text }) => [line, text]), [
    [4, "b\nc"],
    [11, "e"],
  ]);
});

Deno.test("a block needs the programs that made its files", () => {
  const texts = ["python3 make.py /tmp/tree", "ls /tmp/tree/x", "echo python3.sh", "ls /tmp/other"];
  const blocks = texts.map((text, line) => ({ page: "x.md", line, text }));
  assertEquals(programsOf(blocks), [["python3"], ["python3"], [], []]);
});
