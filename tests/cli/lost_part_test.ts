// Results of ranges that are done in part: if they are gone, a resume does the whole range again, as it does with one that is done.
import { assertEquals } from "@std/assert";
import { cliCommand } from "../helpers/cli.ts";
import { textOf } from "../helpers/files.ts";
import { eventsIn, withFolder } from "../helpers/journal.ts";
import { processesWith, until } from "../helpers/processes.ts";
import { QUIET, runIn } from "../helpers/resumed.ts";

const NUMBERS = ["-n", "8", "-c", "8"];
const STRINGS = ["--items", "list", "--per-process", "8"];

/** Runs a job with checkpoints, and ends it in the middle of its range. */
async function runHalf(
  folder: string,
  { job, signal }: { job: readonly string[]; signal: Deno.Signal },
): Promise<void> {
  const journal = `${folder}/run.jsonl`;
  Deno.writeTextFileSync(`${folder}/list`, "0\n1\n2\n3\n4\n5\n6\n7\n");
  const script = `done=0; for i in $(${job === STRINGS ? "echo $*" : "seq $1 7"}); do
    echo item $i; echo PROGRESS: $((done += 1))
    [ $i != 3 ] || [ -e ${folder}/go ] || exec sleep 60; done`;
  const words = job === STRINGS ? [] : ["{resume}"];
  const options = ["-w", "1", "--retry-from", "checkpoint", "--results", "out", ...QUIET];
  const args = ["run", ...job, ...options, "--grace-period", "1s", "--", "bash", "-c", script, "x"];
  const child = cliCommand([...args, ...words], { cwd: folder }).spawn();
  await until(() => {
    try {
      return eventsIn(journal, "progress").some(({ done }) => done === 4);
    } catch {
      return false;
    }
  }, "half of it is done");
  child.kill(signal);
  await Promise.all([child.status, child.stdout.cancel(), child.stderr.cancel()]);
  await until(() => processesWith(folder).length === 0, "the worker is gone");
  Deno.writeTextFileSync(`${folder}/go`, "");
}

/** Returns what the results have of all ranges together. */
async function results(folder: string): Promise<string> {
  const names = Array.from(Deno.readDirSync(`${folder}/out`), ({ name }) => name)
    .filter((name) => name.startsWith("range-")).toSorted();
  return (await Promise.all(names.map((name) => textOf(`${folder}/out/${name}/stdout`)))).join("");
}

const items = (from: number) =>
  Array.from({ length: 8 - from }, (_, at) => `item ${from + at}\n`).join("");

for (const signal of ["SIGKILL", "SIGTERM"] as const) {
  for (const job of [NUMBERS, STRINGS]) {
    const what = `${job === NUMBERS ? "numbers" : "strings"}, ${signal}`;
    for (const spoil of [undefined, "out", "out/range-00000", "out/range-00000/stdout"]) {
      Deno.test(`a range that is done in part, ${what}: ${spoil ?? "nothing"} is removed`, async () => {
        await withFolder(async (folder) => {
          await runHalf(folder, { job, signal });
          if (spoil !== undefined) await Deno.remove(`${folder}/${spoil}`, { recursive: true });
          const dry = await runIn(folder, ["resume", "run.jsonl", "--dry-run"]);
          const wanted = `x ${spoil === undefined ? 4 : 0}`;
          assertEquals(dry.stdout.slice(dry.stdout.lastIndexOf("x ")).slice(0, 3), wanted);
          assertEquals((await runIn(folder, ["resume", "run.jsonl"])).code, 0);
          assertEquals(await results(folder), items(0));
        });
      });
    }
  }
}
