/**
 * Time of a job whose workers load a table first: resident workers beside a process for each range.
 *
 * @module
 */
import type { Bench } from "./bench.ts";
import { CLI, here, timeOf } from "./process.ts";

const ITEMS = 40;
const EACH = "a process for each range";

/** Prepares the bench. */
export const bench: Bench = async () => {
  const folder = await Deno.makeTempDir();
  const worker = `${folder}/lookup.py`;
  await Deno.copyFile(here("../examples/lookup.py"), worker);
  const sdk = "executor_worker.py";
  await Deno.copyFile(here(`../src/cli/sdk/${sdk}`), `${folder}/${sdk}`);
  const executor = [Deno.execPath(), "run", "-A", "--quiet", CLI];
  const job = ["-n", `${ITEMS}`, "-c", "1", "-w", "2", "--reporter", "quiet"];
  const run = (options: string[], ...words: string[]) => async () => ({
    seconds: await timeOf([
      ...[...executor, "run", ...options, ...job, "--", "python3", worker],
      ...words,
    ]),
  });
  return {
    contestants: { ours: run(["--resident"]), [EACH]: run([], "{start}", "{end}") },
    rows: [{
      what: `examples/lookup.py, ${ITEMS} ranges, 2 workers: time of the whole job`,
      figure: "seconds",
      unit: "s",
      peer: EACH,
      target: { atMost: 0.2 },
    }],
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
};
