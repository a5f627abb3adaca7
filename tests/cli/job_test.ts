// Jobs of recorded sources: what a journal has is enough to fill the same commands in again.
import { assertEquals, assertRejects } from "@std/assert";
import { openJob } from "../../src/cli/job.ts";
import { readOptions } from "../../src/cli/cliffy_options.ts";
import { UsageError } from "../../src/cli/errors.ts";
import { RUN_OPTIONS } from "../../src/cli/options.ts";
import type { StringSource } from "../../src/cli/sources.ts";
import type { WorkerState } from "../../src/model/types.ts";

const STDIN: StringSource = { kind: "stdin", separator: "\n" };
const WORDS: StringSource = { kind: "words", words: ["1", "2"] };

/** Fills the commands of a job in, from items that an earlier run has read. */
async function fill(
  command: string[],
  { sources, itemsRead, ...given }: {
    sources: StringSource[];
    itemsRead: string[];
    colsep?: string;
    header?: boolean;
  },
) {
  const options = readOptions(RUN_OPTIONS, given);
  const job = await openJob(
    { command, sources },
    { ...options, isLocal: true, warn: () => {}, itemsRead },
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
  assertEquals(await fill(["x", "{}"], { sources: [STDIN], itemsRead: ["a b", "c"] }), [
    ["x", "a b"],
    ["x", "c"],
  ]);
  const table = { sources: [STDIN], itemsRead: ["a,b", "c,d"], colsep: "," };
  assertEquals(await fill(["x", "{2}{1}"], table), [["x", "ba"], ["x", "dc"]]);
  const rows = { sources: [STDIN, WORDS], itemsRead: ["a\\ b 1", "a\\ b 2"] };
  assertEquals(await fill(["x", "{2}", "{1}"], rows), [["x", "1", "a b"], ["x", "2", "a b"]]);
});

Deno.test("a header is not in the journal: the list must be given again", async () => {
  await assertRejects(
    () => fill(["x", "{n}"], { sources: [STDIN], itemsRead: ["a"], header: true }),
    UsageError,
    "give the list again",
  );
});
