import { assertEquals, assertThrows } from "@std/assert";
import { SubprocessExecutor } from "@lambdawaker/executor";
import { Journal } from "@lambdawaker/executor/journal";
import { readDurations } from "../../src/journal/durations.ts";
import { JournalError } from "../../src/journal/journal_error.ts";
import { withFolder } from "../helpers/journal.ts";
import { timedLauncher } from "../helpers/timed_launcher.ts";

/** Records a job of strings, each of which takes the milliseconds that it says. */
async function record(
  path: string,
  items: readonly string[],
  { chunkSize = 1, resume = false } = {},
) {
  const executor = new SubprocessExecutor(
    { items, chunkSize, numWorkers: 1 },
    (worker) => ["work", `${worker.extraData.items!.reduce((sum, item) => sum + Number(item), 0)}`],
    timedLauncher(),
  );
  await executor.run([], { journal: new Journal(path, { resume }), handleSignals: false });
}

Deno.test("readDurations() returns what each item took, and the mean for others", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/run.jsonl`;
    await record(path, ["100", "400"]);
    const durations = readDurations(path);
    assertEquals([durations.ofItem("100"), durations.ofItem("400")], [100, 400]);
    assertEquals(durations.ofItem("7"), undefined);
    const items = ["100", "7"];
    assertEquals(durations.expected({ startIndex: 0, endIndex: 2, items }), 100 + 250);
  });
});

Deno.test("items of one range have equal shares of its time", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/run.jsonl`;
    await record(path, ["100", "400"], { chunkSize: 2 });
    const durations = readDurations(path);
    assertEquals([durations.ofItem("100"), durations.ofItem("400")], [250, 250]);
  });
});

Deno.test("all runs of a journal count", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/run.jsonl`;
    await record(path, ["100"]);
    await record(path, ["100", "300"], { resume: true });
    const durations = readDurations(path);
    assertEquals([durations.size, durations.ofItem("300")], [2, 300]);
  });
});

Deno.test("ranges of numbers are known by their items", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/run.jsonl`;
    const executor = new SubprocessExecutor(
      { totalItems: 5, chunkSize: 2, numWorkers: 1 },
      (worker) => ["work", `${100 * (worker.extraData.range + 1)}`],
      timedLauncher(),
    );
    await executor.run([], { journal: new Journal(path), handleSignals: false });
    const durations = readDurations(path);
    assertEquals(durations.ofNumbers({ startIndex: 2, endIndex: 4 }), 200);
    assertEquals(durations.ofNumbers({ startIndex: 2, endIndex: 3 }), undefined);
    assertEquals(durations.expected({ startIndex: 2, endIndex: 3 }), 120);
  });
});

Deno.test("attempts that failed tell no time, and a journal of nothing else is refused", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/run.jsonl`;
    const executor = new SubprocessExecutor({ items: ["a"], numWorkers: 1 }, () => ["false"]);
    await executor.run([], { journal: new Journal(path), handleSignals: false });
    const error = assertThrows(() => readDurations(path), JournalError);
    assertEquals(
      error.message,
      `${path} has no range that ended well, so that no time is known`,
    );
    assertThrows(() => readDurations(`${folder}/none`), JournalError, "cannot be read");
  });
});
