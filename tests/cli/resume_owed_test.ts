// `executor resume` of a job whose ranges are done, and whose output is owed by an earlier run.
import { assertEquals, assertStringIncludes } from "@std/assert";
import { isThere } from "../../src/base/existence.ts";
import { cliCommand } from "../helpers/cli.ts";
import { eventsIn, withFolder } from "../helpers/journal.ts";
import { processesWith, until } from "../helpers/processes.ts";
import { QUIET, runIn } from "../helpers/resumed.ts";

const JOBS: [what: string, args: string[], word: string][] = [
  ["numbers", ["-n", "3", "-c", "1"], "{start}"],
  ["strings", ["--items", "list"], "{item}"],
];

/** Runs a job whose first item ends last, kills it when the others are done, and then does the rest without output. */
async function owing(folder: string, job: readonly string[], word: string): Promise<void> {
  const journal = `${folder}/run.jsonl`;
  Deno.writeTextFileSync(`${folder}/list`, "0\n1\n2\n");
  const script = `[ $0 != 0 ] || [ -e ${folder}/go ] || exec sleep 60; echo "item $0"`;
  const args = ["run", ...job, "-w", "3", ...QUIET, "--resume"];
  const command = ["--", "sh", "-c", script, word];
  const first = cliCommand([...args, "-k", ...command], { cwd: folder }).spawn();
  await until(() => {
    try {
      return eventsIn(journal, "range-ended").length === 2;
    } catch {
      return false;
    }
  }, "the others have ended");
  first.kill("SIGKILL");
  await Promise.all([first.status, first.stdout.cancel(), first.stderr.cancel()]);
  await until(() => processesWith(folder).length === 0, "the reaper has ended the worker");
  Deno.writeTextFileSync(`${folder}/go`, "");
  const second = await runIn(folder, [...args, ...command]);
  assertEquals([second.code, second.stdout], [0, ""], second.stderr);
  assertStringIncludes(second.stderr, "could not write: 2; resume with the same output to get it");
}

for (const [what, job, word] of JOBS) {
  Deno.test(`a resume with ordered output writes what an earlier run owes, though all is done: ${what}`, async () => {
    await withFolder(async (folder) => {
      await owing(folder, job, word);
      const resumed = await runIn(folder, ["resume", "run.jsonl", "-k"]);
      assertEquals([resumed.code, resumed.stdout], [0, "item 1\nitem 2\n"], resumed.stderr);
      const again = await runIn(folder, ["resume", "run.jsonl"]);
      assertEquals([again.code, again.stdout], [0, ""], "not twice");
    });
  });

  Deno.test(`a resume without output says what an earlier run owes, and exits with 1: ${what}`, async () => {
    await withFolder(async (folder) => {
      await owing(folder, job, word);
      for (const _time of [1, 2]) {
        const { code, stderr } = await runIn(folder, ["resume", "run.jsonl"]);
        assertEquals(code, 1);
        assertStringIncludes(stderr, "could not write: 2; resume with the same output to get it");
      }
    });
  });
}

Deno.test("results that are gone are made again, though the last run kept none", async () => {
  await withFolder(async (folder) => {
    const args = ["run", "-n", "3", "-c", "1", ...QUIET, "--resume"];
    const command = ["--", "sh", "-c", "echo $0", "{start}"];
    assertEquals((await runIn(folder, [...args, "--results", "out", ...command])).code, 0);
    assertEquals((await runIn(folder, [...args, ...command])).code, 0);
    Deno.removeSync(`${folder}/out/range-00001`, { recursive: true });
    assertEquals((await runIn(folder, ["resume", "run.jsonl", "--results", "out"])).code, 0);
    assertEquals(Deno.readTextFileSync(`${folder}/out/range-00001/stdout`), "1\n");
    assertEquals(eventsIn(`${folder}/run.jsonl`, "attempt-started").length, 4);
  });
});

Deno.test("an item that is run again has one directory of results with an exit", async () => {
  await withFolder(async (folder) => {
    const script = "[ $0 != b ] || [ -e go ] || exit 1; echo $0";
    const args = ["run", "-w", "1", ...QUIET, "--results", "out"];
    const command = ["--", "sh", "-c", script, "{}", ":::", "a", "b", "c"];
    const first = await runIn(folder, [...args, ...command]);
    assertEquals(first.code, 1, first.stderr);
    // The executor was killed after the results of the last range, and before the journal had its end.
    const path = `${folder}/run.jsonl`;
    const lines = Deno.readTextFileSync(path).split("\n");
    const cut = lines.findIndex((line) =>
      line.includes('"attempt-ended"') && line.includes('"range":2')
    );
    Deno.writeTextFileSync(path, lines.slice(0, cut).map((line) => `${line}\n`).join(""));
    Deno.writeTextFileSync(`${folder}/go`, "");
    const { code, stderr } = await runIn(folder, ["resume", "run.jsonl"]);
    assertEquals(code, 0, stderr);
    const results = Array.from(
      Deno.readDirSync(`${folder}/out`),
      ({ name }) => `${folder}/out/${name}`,
    )
      .filter((directory) => isThere(`${directory}/exit`))
      .map((directory) =>
        [
          Deno.readTextFileSync(`${directory}/exit`),
          Deno.readTextFileSync(`${directory}/stdout`),
        ].join("")
      );
    assertEquals(results.sort(), ["0\na\n", "0\nb\n", "0\nc\n"]);
  });
});
