// The rooms of src/ and their directions, held here so that a change that breaks them is told what to do.
import { assertEquals } from "@std/assert";
import { ROOMS, RULES, type Tree } from "./rooms.ts";

const ROOT = new URL("../../", import.meta.url);

/** Reads all TypeScript files below a folder of the repository. */
function readTree(...folders: string[]): Tree {
  const tree = new Map<string, string>();
  const read = (folder: string): void => {
    for (const { name, isDirectory } of Deno.readDirSync(new URL(folder, ROOT))) {
      if (isDirectory) read(`${folder}${name}/`);
      else if (name.endsWith(".ts")) {
        tree.set(`${folder}${name}`, Deno.readTextFileSync(new URL(`${folder}${name}`, ROOT)));
      }
    }
  };
  for (const folder of folders) read(folder);
  return tree;
}

const REPOSITORY = readTree("src/", "tests/");

for (const [rule, findFaults] of Object.entries(RULES)) {
  Deno.test(`rooms: ${rule}`, () => assertEquals(findFaults(REPOSITORY), []));
}

Deno.test("rooms: CONTRIBUTING.md lists the rooms in the order of their imports", () => {
  const page = Deno.readTextFileSync(new URL("CONTRIBUTING.md", ROOT));
  const listed = Array.from(page.matchAll(/^- \*\*`src\/(\w+)\/`\*\*/gm), ([, room]) => room);
  assertEquals(listed, ROOMS);
});

const HEADER = "/**\n * Reads one thing.\n *\n * @module\n */\n";
const importing = (path: string) => `${HEADER}import { x } from "${path}";\n`;

/** A made-up tree with a fault, and what the rule reports of it; without a report where there is no fault. */
const CASES: [rule: string, name: string, files: Record<string, string>, fault?: string][] = [
  ["src/ holds the known rooms and worker.ts", "a file in a room", { "src/base/x.ts": HEADER }],
  ["src/ holds the known rooms and worker.ts", "worker.ts", { "src/worker.ts": HEADER }],
  [
    "src/ holds the known rooms and worker.ts",
    "a file beside the rooms",
    { "src/utils.ts": HEADER },
    "src/utils.ts lies at the top of src/: move it into a room (CONTRIBUTING.md, Rooms)",
  ],
  [
    "src/ holds the known rooms and worker.ts",
    "a new folder",
    { "src/helpers/x.ts": HEADER },
    "src/helpers/x.ts lies in src/helpers/, which is no room: move it into one (CONTRIBUTING.md, Rooms)",
  ],
  [
    "imports run down only",
    "an import from a room below, and one from the same room",
    { "src/engine/x.ts": importing("../model/y.ts") + importing("./z.ts") },
  ],
  [
    "imports run down only",
    "an import from a room above",
    { "src/model/x.ts": importing("../engine/y.ts") },
    "src/model/x.ts imports src/engine/y.ts: imports run down only (CONTRIBUTING.md, Rooms)",
  ],
  [
    "imports run down only",
    "a type imported from a room above, over several lines",
    { "src/base/x.ts": `${HEADER}import type {\n  A,\n  B,\n} from "../cli/y.ts";\n` },
    "src/base/x.ts imports src/cli/y.ts: imports run down only (CONTRIBUTING.md, Rooms)",
  ],
  [
    "imports run down only",
    "a module loaded later from a room above",
    { "src/output/x.ts": `${HEADER}const y = await import("../report/y.ts");\n` },
    "src/output/x.ts imports src/report/y.ts: imports run down only (CONTRIBUTING.md, Rooms)",
  ],
  [
    "imports run down only",
    "names exported from a room above",
    { "src/output/x.ts": `${HEADER}export { y } from "../report/y.ts";\n` },
    "src/output/x.ts imports src/report/y.ts: imports run down only (CONTRIBUTING.md, Rooms)",
  ],
  [
    "imports run down only",
    "the terminal room that knows a run",
    { "src/terminal/x.ts": importing("../model/y.ts") },
    "src/terminal/x.ts imports src/model/y.ts: the terminal room knows no run (CONTRIBUTING.md, Rooms)",
  ],
  [
    "imports run down only",
    "the worker API that imports the engine",
    { "src/worker.ts": importing("./engine/y.ts") },
    "src/worker.ts imports src/engine/y.ts: imports run down only (CONTRIBUTING.md, Rooms)",
  ],
  [
    "imports run down only",
    "a mod.ts that imports from a higher room",
    { "src/model/mod.ts": importing("../engine/y.ts") },
    "src/model/mod.ts imports src/engine/y.ts: imports run down only (CONTRIBUTING.md, Rooms)",
  ],
  [
    "imports run down only",
    "an import from a mod.ts",
    { "src/engine/x.ts": importing("../model/mod.ts") },
    "src/engine/x.ts imports src/model/mod.ts: a mod.ts is for programs that import the package (CONTRIBUTING.md, Rooms)",
  ],
  [
    "imports run down only",
    "an import from outside of src/",
    { "src/cli/x.ts": importing("../../mod.ts") },
    "src/cli/x.ts imports mod.ts: files of src/ import from src/ only (CONTRIBUTING.md, Rooms)",
  ],
  [
    "imports run down only",
    "an import in an example of a comment",
    { "src/base/x.ts": `${HEADER}/**\n * import { y } from "../cli/y.ts";\n */\n` },
  ],
  [
    "no import closes a cycle",
    "two files that share a third one",
    {
      "src/base/x.ts": importing("./y.ts") + importing("./z.ts"),
      "src/base/y.ts": importing("./z.ts"),
      "src/base/z.ts": HEADER,
    },
  ],
  [
    "no import closes a cycle",
    "three files in a circle",
    {
      "src/base/x.ts": importing("./y.ts"),
      "src/base/y.ts": importing("./z.ts"),
      "src/base/z.ts": importing("./x.ts"),
    },
    "src/base/x.ts → src/base/y.ts → src/base/z.ts → src/base/x.ts is a cycle: " +
    "move what both sides need into a file below (CONTRIBUTING.md, Rooms)",
  ],
  [
    "no two folders of a room import each other",
    "folders that import a third one, and the room above them",
    {
      "src/launchers/slurm/x.ts": importing("../remote/y.ts") + importing("../z.ts"),
      "src/launchers/ssh/v.ts": importing("../remote/y.ts"),
      "src/launchers/remote/y.ts": importing("../z.ts"),
      "src/launchers/z.ts": HEADER,
    },
  ],
  [
    "no two folders of a room import each other",
    "two that do, by different files",
    {
      "src/launchers/local/x.ts": importing("../remote/y.ts"),
      "src/launchers/remote/y.ts": HEADER,
      "src/launchers/remote/z.ts": importing("../local/v.ts"),
      "src/launchers/local/v.ts": HEADER,
    },
    "src/launchers/local and src/launchers/remote import each other: " +
    "move what both need above them (CONTRIBUTING.md, Rooms)",
  ],
  [
    "a basename of src/ is used once",
    "a name of cli/ that another room has",
    { "src/cli/run.ts": HEADER, "src/engine/run.ts": HEADER },
  ],
  [
    "a basename of src/ is used once",
    "a name twice",
    { "src/base/run.ts": HEADER, "src/engine/run.ts": HEADER },
    "src/base/run.ts and src/engine/run.ts have one name: rename one of them (CONTRIBUTING.md, Style)",
  ],
  ["a file of src/ has at most 400 lines", "400 lines", { "src/base/x.ts": "x\n".repeat(400) }],
  [
    "a file of src/ has at most 400 lines",
    "401 lines",
    { "src/base/x.ts": "x\n".repeat(401) },
    "src/base/x.ts has 401 lines, and 400 are allowed: it holds more than one concept (CONTRIBUTING.md, Style)",
  ],
  [
    "a file of src/ has at most 400 lines",
    "a generated file of 401 lines",
    { "src/report/page/page_bundle.generated.ts": "x\n".repeat(401) },
  ],
  [
    "a file of src/ begins with a module header in plain words",
    "a header that begins with a verb",
    { "src/base/x.ts": HEADER },
  ],
  [
    "a file of src/ begins with a module header in plain words",
    "no header",
    { "src/base/x.ts": "export const x = 1;\n" },
    "src/base/x.ts does not begin with a module header: /** … @module */ (CONTRIBUTING.md, Style)",
  ],
  [
    "a file of src/ begins with a module header in plain words",
    "a comment of something else",
    { "src/base/x.ts": "/** One. */\nexport const x = 1;\n" },
    "src/base/x.ts does not begin with a module header: /** … @module */ (CONTRIBUTING.md, Style)",
  ],
  [
    "a file of src/ begins with a module header in plain words",
    "a riddle",
    { "src/base/x.ts": HEADER.replace("Reads", "What reads") },
    'src/base/x.ts begins with "What …": begin its header with a noun or a verb (CONTRIBUTING.md, Style)',
  ],
  [
    "tests/ mirrors src/",
    "tests of the entry points, and one in a folder",
    {
      "tests/mod_test.ts": "",
      "tests/cli_test.ts": "",
      "tests/mock_task_test.ts": "",
      "tests/base/x_test.ts": "",
    },
  ],
  [
    "tests/ mirrors src/",
    "a test at the top",
    { "tests/x_test.ts": "" },
    "tests/x_test.ts lies at the top of tests/: move it to the folder of what it tests (CONTRIBUTING.md, Style)",
  ],
  [
    "tests are skipped by testWith() only",
    "tests that are run",
    { "tests/base/x_test.ts": 'Deno.test("x", async () => {});\ntestWith("y", needs("sh"), f);\n' },
  ],
  [
    "tests are skipped by testWith() only",
    "a test with an option that skips it",
    { "tests/base/x_test.ts": 'Deno.test("x", { ignore: !has("sh") }, () => {});\n' },
    'tests/base/x_test.ts skips tests by "ignore:": declare them with testWith() of tests/helpers/needs.ts, which tells why',
  ],
  [
    "tests are skipped by testWith() only",
    "a test that gives its needs to another function",
    { "tests/base/x_test.ts": 'Deno.test("x", needs("sh"), () => {});\n' },
    'tests/base/x_test.ts skips tests by "Deno.test("x", needs("sh"),": declare them with testWith() of tests/helpers/needs.ts, which tells why',
  ],
  [
    "a test changes nothing that all tests share",
    "a test that gives a variable to a process",
    { "tests/base/x_test.ts": 'await runCli([], { env: { PATH: "" } });\n' },
  ],
  [
    "a test changes nothing that all tests share",
    "a test that sets a variable",
    { "tests/base/x_test.ts": 'Deno.env.set("PATH", "");\n' },
    "tests/base/x_test.ts calls Deno.env.set(), which changes all tests: give it to a process of its own",
  ],
];

for (const [rule, name, files, fault] of CASES) {
  Deno.test(`the rule "${rule}" ${fault === undefined ? "allows" : "finds"} ${name}`, () => {
    const faults = RULES[rule]!(new Map(Object.entries(files)));
    assertEquals(faults, fault === undefined ? [] : [fault]);
  });
}
