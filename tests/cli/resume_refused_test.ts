// What `executor resume` refuses: journals and directories that it cannot go on with, and wrong usage.
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { SubprocessExecutor } from "@lambdawaker/executor";
import { Journal } from "@lambdawaker/executor/journal";
import { cliCommand } from "../helpers/cli.ts";
import { exists } from "../helpers/files.ts";
import { withFolder } from "../helpers/journal.ts";
import { until } from "../helpers/processes.ts";
import { NO_STATE, QUIET, runIn } from "../helpers/resumed.ts";

Deno.test("a job whose directory is gone, or is no directory, is refused in one sentence", async () => {
  await withFolder(async (folder) => {
    await Deno.mkdir(`${folder}/begun`);
    const args = ["run", "-n", "3", "-c", "1", "--journal", "../run.jsonl", "--reporter", "quiet"];
    await runIn(`${folder}/begun`, [...args, "--", "false"], NO_STATE);
    const before = await Deno.readTextFile(`${folder}/run.jsonl`);
    for (const put of [() => {}, () => Deno.writeTextFileSync(`${folder}/begun`, "")]) {
      await Deno.remove(`${folder}/begun`).catch(() => {});
      put();
      const { code, stdout, stderr } = await runIn(folder, ["resume", "run.jsonl"]);
      assertEquals([code, stdout], [2, ""]);
      assertMatch(
        stderr,
        /^executor: the job of the journal run\.jsonl cannot be run in its directory ".*begun": .*\nTry /,
      );
      assertEquals(await Deno.readTextFile(`${folder}/run.jsonl`), before);
    }
  });
});

Deno.test("a journal that is being written is refused", async () => {
  await withFolder(async (folder) => {
    const child = cliCommand([
      "run",
      "-n",
      "1",
      ...QUIET,
      "--",
      "sh",
      "-c",
      "echo >noted; sleep 60",
    ], {
      cwd: folder,
    }).spawn();
    await until(() => exists(`${folder}/noted`), "it runs");
    const { code, stderr } = await runIn(folder, ["resume", "run.jsonl"]);
    child.kill("SIGINT");
    await Promise.all([child.status, child.stdout.cancel(), child.stderr.cancel()]);
    assertEquals(code, 2);
    assertMatch(stderr, /^executor: the journal \S+run.jsonl is being written by another run\n/);
  });
});

/** A first event that names a command which would leave a trace. */
const started = (change: object = {}) => ({
  ...{ v: 2, t: 1, kind: "run-started", runId: crypto.randomUUID(), totalItems: 1, ranges: 1 },
  ...{ numWorkers: 1, maxRetries: 0, retryFrom: "start", command: ["touch", "trace"] },
  ...{ directory: "/", sources: [{ kind: "numbers", total: 1 }], options: { totalItems: 1 } },
  ...change,
});

const REFUSED: [what: string, text: string | object, said: RegExp][] = [
  ["that is empty", "", /the journal run\.jsonl has no run/],
  ["that is no journal", "touch trace\n", /run\.jsonl cannot be read as line 1 is not JSON/],
  ["of other JSON", '{"command":["touch","trace"]}\n', /line 1 is no event of a run/],
  ["of a newer format", started({ v: 3 }), /was written by a newer version: its format is 3/],
  [
    "of an older format",
    started({ v: 1, directory: undefined, sources: undefined }),
    /does not have the directory, the sources of items of its job/,
  ],
  ["without a command", started({ command: undefined }), /does not have the command of its job/],
  [
    "without a directory and sources",
    started({ directory: undefined, sources: undefined }),
    /does not have the directory, the sources of items of its job: use executor run --journal run\.jsonl --resume with the command line of before/,
  ],
  ["with a wrong command", started({ command: "touch trace" }), /whose command must be/],
  ["with an empty command", started({ command: [] }), /does not have the command of its job/],
  [
    "with an unknown option",
    started({ options: { shell: "x" } }),
    /option that is not valid: .*shell must be left out/,
  ],
  [
    "with a wrong option",
    started({ options: { numWorkers: 0 } }),
    /option that is not valid: .*--workers must be a positive integer/,
  ],
  [
    "with a wrong pattern",
    started({ options: { protocol: "(" } }),
    /option that is not valid: --progress-pattern must be/,
  ],
  [
    "in a directory that is gone",
    started({ directory: "/no/such" }),
    /cannot be run in its directory "\/no\/such"/,
  ],
  [
    "of a program",
    started({ sources: [{ kind: "list" }], items: "counted", ranges: 0 }),
    /came from a program/,
  ],
  ["with no sources", started({ sources: [] }), /does not have the sources of items of its job/],
  [
    "with another total",
    started({ sources: [{ kind: "numbers", total: 2 }] }),
    /the number of items was 1 and is 2/,
  ],
];

for (const [what, content, said] of REFUSED) {
  Deno.test(`a journal ${what} is refused, and nothing is run`, async () => {
    await withFolder(async (folder) => {
      const text = typeof content === "string" ? content : `${
        JSON.stringify({
          ...content,
          ...("directory" in content && content.directory === "/" ? { directory: folder } : {}),
        })
      }\n`;
      Deno.writeTextFileSync(`${folder}/run.jsonl`, text);
      const { code, stderr } = await runIn(folder, ["resume", "run.jsonl"]);
      assertEquals(code, 2);
      assertMatch(stderr, said);
      assertEquals(stderr.trimEnd().split("\n").length, 2, "a sentence and a hint");
      assertEquals(Array.from(Deno.readDirSync(folder), ({ name }) => name), ["run.jsonl"]);
    });
  });
}

Deno.test("the journal of a program is refused with what it lacks", async () => {
  await withFolder(async (folder) => {
    const executor = new SubprocessExecutor({ totalItems: 1 }, () => ["false"]);
    await executor.run([], { journal: new Journal(`${folder}/run.jsonl`) });
    const { code, stderr } = await runIn(folder, ["resume", "run.jsonl"]);
    assertEquals(code, 2);
    assertStringIncludes(stderr, "does not have the command, the directory of its job");
  });
});

const USAGE: [args: string, said: string][] = [
  ["", "there is no journal to resume: name one, as in executor resume run.jsonl"],
  ["a b", '"b" comes after the journal'],
  ["-", 'the journal must be a file: current value is "-"'],
  ["/no/such.jsonl", "the journal /no/such.jsonl cannot be read: No such file"],
  ["/tmp", "the journal /tmp must be a file: it is a directory"],
  ["/dev/null", "the journal /dev/null must be a file: it is a device"],
  ["run.jsonl -- true", "there is nothing to be put after --: leave it out"],
  ["run.jsonl -n 5", "there is no option -n"],
  [
    "run.jsonl --items list",
    "--items must be left out: the items of the journal run.jsonl are the numbers up to 3",
  ],
  ["run.jsonl -w 0", "--workers must be a positive integer"],
];

for (const [args, said] of USAGE) {
  Deno.test(`executor resume ${args} is refused`, async () => {
    await withFolder(async (folder) => {
      await runIn(folder, ["run", "-n", "4", ...QUIET, "--", "false"]);
      const words = args.split(" ").filter((word) => word !== "");
      const { code, stderr } = await runIn(folder, ["resume", ...words]);
      assertEquals(code, 2);
      assertStringIncludes(stderr, said);
    });
  });
}

Deno.test("run --resume without a command names executor resume", async () => {
  await withFolder(async (folder) => {
    const { code, stderr } = await runIn(folder, ["run", "--journal", "a b.jsonl", "--resume"]);
    assertEquals([code, stderr.split("\n")[0]], [
      2,
      "executor: there is no command to run: put it after --, or take it from the journal by executor resume 'a b.jsonl'",
    ]);
  });
});
