// `executor resume --dry-run` prints what the resume then starts, and changes nothing.
import { assertEquals, assertStringIncludes } from "@std/assert";
import { cliCommand } from "../helpers/cli.ts";
import { exists } from "../helpers/files.ts";
import { withFolder } from "../helpers/journal.ts";
import { until } from "../helpers/processes.ts";
import { noted, QUIET, runIn } from "../helpers/resumed.ts";

/** Returns the paths, the texts and the times of change of all files in a folder. */
function filesIn(folder: string): string[] {
  return Array.from(Deno.readDirSync(folder), ({ name, isDirectory }) => {
    const path = `${folder}/${name}`;
    if (isDirectory) return [`${path}/`, ...filesIn(path)];
    return [`${path} ${Deno.statSync(path).mtime?.getTime()} ${Deno.readTextFileSync(path)}`];
  }).flat().toSorted();
}

interface Row {
  readonly run: readonly string[];
  /** What happens after the run. */
  readonly spoil?: (folder: string) => void;
  readonly resume?: readonly string[];
  /** The first words of the commands that are left. */
  readonly left: string[];
}

const lose = (range: number) => (folder: string) =>
  Deno.removeSync(`${folder}/out/range-0000${range}`, { recursive: true });
const loseAll = (folder: string) => Deno.removeSync(`${folder}/out`, { recursive: true });

/** By what is left: item 1 fails. */
const ROWS: Readonly<Record<string, Row>> = {
  "a number that failed": { run: ["-n", "4", "-c", "1"], left: ["1"] },
  "a string that failed": { run: ["--items", "list"], left: ["1"] },
  "numbers whose results are gone": {
    run: ["-n", "4", "-c", "1", "--results", "out"],
    spoil: lose(2),
    left: ["1", "2"],
  },
  "strings whose results are gone": {
    run: ["--items", "list", "--results", "out"],
    spoil: lose(2),
    left: ["1", "2"],
  },
  "all results": {
    run: ["-n", "4", "-c", "1", "--results", "out"],
    spoil: loseAll,
    left: ["0", "1", "2", "3"],
  },
  "ranges of another size": { run: ["-n", "4", "-c", "2"], resume: ["-c", "1"], left: ["0", "1"] },
  "what was not written in order": {
    run: ["-n", "4", "-c", "1", "-w", "1", "-k", "--events", "events", "--joblog", "log"],
    left: ["1"],
  },
};

for (const [what, { run, spoil, resume = [], left }] of Object.entries(ROWS)) {
  Deno.test(`executor resume --dry-run prints what is left: ${what}`, async () => {
    await withFolder(async (folder) => {
      Deno.writeTextFileSync(`${folder}/list`, "0\n1\n2\n3\n");
      const script = 'echo $0 >>noted; [ $0 != 1 ] && [ "$0 $1" != "0 2" ] || [ -e ok ]';
      const words = run.includes("list") ? ["{item}"] : ["{start}", "{end}"];
      const args = ["run", ...QUIET, ...run, "--", "sh", "-c", script, ...words];
      assertEquals((await runIn(folder, args)).code, 1);
      spoil?.(folder);
      Deno.writeTextFileSync(`${folder}/ok`, "");
      Deno.writeTextFileSync(`${folder}/noted`, "");
      const before = filesIn(folder);
      const dry = await runIn(folder, ["resume", "run.jsonl", "--dry-run", ...resume]);
      assertEquals([dry.code, dry.stderr], [0, ""]);
      const firstWords = dry.stdout.trimEnd().split("\n")
        .map((line) => line.slice(line.lastIndexOf("'") + 2).split(" ")[0]);
      assertEquals(firstWords, left);
      assertEquals(filesIn(folder), before);
      assertEquals((await runIn(folder, ["resume", "run.jsonl", ...resume])).code, 0);
      assertEquals(noted(folder), left);
    });
  });
}

Deno.test("executor resume --dry-run refuses a journal that is being written, as the resume does", async () => {
  await withFolder(async (folder) => {
    const args = ["run", "-n", "1", ...QUIET, "--", "sh", "-c", "echo >noted; sleep 60"];
    const child = cliCommand(args, { cwd: folder }).spawn();
    await until(() => exists(`${folder}/noted`), "it runs");
    const { code, stdout, stderr } = await runIn(folder, ["resume", "run.jsonl", "--dry-run"]);
    child.kill("SIGINT");
    await Promise.all([child.status, child.stdout.cancel(), child.stderr.cancel()]);
    assertEquals([code, stdout], [2, ""]);
    assertStringIncludes(stderr, "run.jsonl is being written by another run");
  });
});

Deno.test("executor resume --dry-run of a job that is done says so", async () => {
  await withFolder(async (folder) => {
    await runIn(folder, ["run", "-n", "2", ...QUIET, "--", "true"]);
    const { code, stdout, stderr } = await runIn(folder, ["resume", "run.jsonl", "--dry-run"]);
    assertEquals([code, stdout], [0, ""]);
    assertStringIncludes(stderr, "there is nothing to resume");
  });
});
