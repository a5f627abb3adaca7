// A journal that is too long to be kept in memory, and is cut short while a run writes it that has split ranges.
import { SubprocessExecutor, type TaskConfig } from "@lambdawaker/executor";
import { Journal } from "@lambdawaker/executor/journal";
import { assertEquals, assertStringIncludes } from "@std/assert";
import { eventsIn, withFolder } from "../helpers/journal.ts";
import { needs, POSIX, testWith } from "../helpers/needs.ts";

/** A line that no version knows yet, of 5 MiB. */
const LONG_LINE = `{"v":2,"t":1,"kind":"of-later","x":"${"x".repeat(5 << 20)}"}\n`;

/** Cuts that leave the beginning of the run, by what is lost. */
const CUTS = {
  "its last byte": "truncate -s -1 $j",
  "all behind its beginning": `n=$(grep -n '"kind":"run-started"' $j | tail -n 1 | cut -d: -f1); ` +
    "truncate -s $(head -n $n $j | wc -c) $j",
};

for (const [lost, cut] of Object.entries(CUTS)) {
  testWith(
    `a run that has split ranges anew loses ${lost}, and can be resumed`,
    needs(POSIX),
    async () => {
      await withFolder(async (folder) => {
        const path = `${folder}/run.jsonl`;
        await Deno.writeTextFile(path, LONG_LINE);
        const run = (config: Partial<TaskConfig>, script: (item: number) => string) =>
          new SubprocessExecutor(
            { totalItems: 9, numWorkers: 1, ...config },
            ({ extraData: { startIndex } }) => ["sh", "-c", `j=${path}; ${script(startIndex)}`],
          ).run([], { journal: new Journal(path, { resume: true }), handleSignals: false });
        const first = await run({ chunkSize: 3 }, (item) => item === 0 ? ":" : "false");
        assertEquals(first.doneItems, 3);
        // Item 5 cuts the journal, and fails.
        const second = await run({ chunkSize: 1 }, (item) => item === 5 ? `${cut}; false` : ":");
        assertStringIncludes(second.warnings[0]!, "was cut short");
        assertEquals(second.doneItems, 8);
        const before = new Set(
          eventsIn(path, "range-ended").filter(({ status }) => status === "SUCCESS")
            .flatMap(({ startIndex, endIndex }) =>
              Array.from({ length: endIndex - startIndex }, (_, at) => startIndex + at)
            ),
        );
        const third = await run({}, () => ":");
        assertEquals([third.ok, third.doneItems, third.attempts], [true, 9, 9 - before.size]);
        assertEquals((await run({}, () => ":")).attempts, 0);
      });
    },
  );
}
