// Jobs of recorded sources: what a journal has is enough to fill the same commands in again.
import { assertEquals } from "@std/assert";
import { openJob } from "../../src/cli/job.ts";
import { readOptions } from "../../src/cli/cliffy_options.ts";
import { RUN_OPTIONS } from "../../src/cli/options.ts";
import type { RecordedItems } from "../../src/cli/items.ts";
import type { WorkerState } from "../../src/model/types.ts";

/** Fills the commands of a job in, from items that an earlier run has read. */
async function fill(
  command: string[],
  { items, lists = 1, names, ...given }: RecordedItems & {
    colsep?: string;
    header?: boolean;
  },
) {
  const options = readOptions(RUN_OPTIONS, given);
  const job = await openJob(
    { command, sources: [] },
    {
      ...options,
      numWorkers: undefined,
      isLocal: true,
      warn: () => {},
      recorded: { items, lists, names },
    },
  );
  assertEquals(job.readsStdin, false);
  const filled: unknown[] = [];
  for await (const item of job.work.items!) {
    const worker: WorkerState = {
      ...{ index: 0, status: "PENDING", progress: 0, total: 1, message: "", attempt: 1 },
      ...{ maxAttempt: 1, log: [] },
      extraData: {
        startIndex: filled.length,
        endIndex: filled.length + 1,
        range: 0,
        items: [item],
      },
    };
    filled.push(await job.getCommand(worker));
  }
  return filled;
}

Deno.test("items that were read before are those of a job, with their columns", async () => {
  assertEquals(await fill(["x", "{}"], { items: ["a b", "c"], lists: 1 }), [
    ["x", "a b"],
    ["x", "c"],
  ]);
  const table = { items: ["a,b", "c,d"], lists: 1, colsep: "," };
  assertEquals(await fill(["x", "{2}{1}"], table), [["x", "ba"], ["x", "dc"]]);
  const rows = { items: ["a\\ b 1", "a\\ b 2"], lists: 2 };
  assertEquals(await fill(["x", "{2}", "{1}"], rows), [["x", "1", "a b"], ["x", "2", "a b"]]);
});

Deno.test("columns of items that were read before have the names of before", async () => {
  const table = { items: ["a,b"], lists: 1, names: ["n", "m"], colsep: ",", header: true };
  assertEquals(await fill(["x", "{m}{n}"], table), [["x", "ba"]]);
});
