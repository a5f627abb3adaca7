// Fatal items: named as suspects, and isolated from the other items of their range.
import { INITIAL_STATE, reduce } from "@lambdawaker/executor/events";
import { Recovery } from "../../src/journal/recovery.ts";
import type { RunEvent, TaskConfig } from "@lambdawaker/executor";
import { assert, assertEquals, assertMatch } from "@std/assert";
import { countDone } from "../../src/model/statuses.ts";
import { runCli } from "../helpers/cli.ts";
import { FakeLauncher } from "../helpers/fake_launcher.ts";
import { withFolder } from "../helpers/journal.ts";
import { forSeeds } from "../helpers/random.ts";
import { ofKind, runJob } from "../helpers/run_job.ts";

/** Runs a job whose workers do one item after another and crash at the fatal ones. */
function runWithFatalItems(
  config: TaskConfig,
  fatal: ReadonlySet<number>,
  { first = ["PROGRESS: 0"] }: { first?: string[] } = {},
) {
  const launcher = new FakeLauncher(({ args: [start = "", end = ""] }) => {
    const lines = [...first];
    for (let item = Number(start); item < Number(end); item++) {
      if (fatal.has(item)) return { lines, exit: { kind: "signaled", signal: "SIGSEGV" } };
      lines.push(`PROGRESS: ${item + 1 - Number(start)}`);
    }
    return { lines, exit: { kind: "exited", code: 0 } };
  });
  return runJob(
    { maxRetries: 1, retryDelay: 0, ...config },
    ({ extraData: { startIndex, endIndex } }) => ["x", `${startIndex}`, `${endIndex}`],
    { launcher },
  );
}

Deno.test("an item at which all attempts fail is named as the suspect", async () => {
  const items = Array.from({ length: 10 }, (_, index) => `file ${index}`);
  for (const retryFrom of ["start", "checkpoint"] as const) {
    const { summary } = await runWithFatalItems({ items, chunkSize: 5, retryFrom }, new Set([7]));
    const [failure, ...others] = summary.failures;
    assertEquals(others, []);
    assertEquals(failure!.suspect, { index: 7, item: "file 7" });
  }
});

Deno.test("there is no suspect if attempts fail at different items, report no progress, or there is only one", async () => {
  const suspects = async (config: Partial<TaskConfig>, script: string) => {
    const full: TaskConfig = {
      totalItems: 4,
      numWorkers: 1,
      maxRetries: 2,
      retryDelay: 0,
      ...config,
    };
    const { summary } = await runJob(full, () => ["sh", "-c", script]);
    return summary.failures.map(({ suspect }) => suspect);
  };
  assertEquals(await suspects({}, "echo PROGRESS: $EXECUTOR_ATTEMPT; exit 1"), [undefined]);
  assertEquals(await suspects({}, "exit 1"), [undefined]);
  assertEquals(await suspects({ maxRetries: 0 }, "echo PROGRESS: 1; exit 1"), [undefined]);
  assertEquals(await suspects({}, "echo PROGRESS: 4; exit 1"), [undefined]);
  assertEquals(await suspects({}, "echo PROGRESS: 0; exit 1"), [{ index: 0 }]);
});

Deno.test("isolate: all items but the fatal ones are done", async () => {
  await forSeeds(60, async (random) => {
    const totalItems = 1 + random.integer(40);
    const fatal = new Set(
      Array.from({ length: random.integer(5) }, () => random.integer(totalItems)),
    );
    const strings = Array.from({ length: totalItems }, (_, index) => `${index}`);
    const isOfItems = random.pick([true, false]);
    const config: TaskConfig = {
      ...(isOfItems ? { items: strings } : { totalItems }),
      chunkSize: 1 + random.integer(12),
      numWorkers: 1 + random.integer(4),
      retryFrom: random.pick(["start", "checkpoint"]),
      isolate: true,
    };
    const { summary, events } = await runWithFatalItems(config, fatal);
    const failed = summary.failures.map(({ endIndex }) => endIndex - 1);
    assertEquals(failed.toSorted((a, b) => a - b), [...fatal].sort((a, b) => a - b));
    assertEquals(summary.doneItems, totalItems - fatal.size);
    assertEquals(summary.ok, fatal.size === 0);
    if (!isOfItems) assertEverywhereRecoverable(events, config);
  });
});

/** Checks that after each event, every item is either done or outstanding. */
function assertEverywhereRecoverable(
  events: readonly RunEvent[],
  { retryFrom = "start" }: TaskConfig,
) {
  for (let length = 1; length <= events.length; length++) {
    const recovery = new Recovery();
    for (const event of events.slice(0, length)) recovery.take(event);
    recovery.end();
    const { doneItems, counts, addedRanges = 0 } = recovery.resumed(retryFrom);
    const { totalItems, ranges } = events[0] as RunEvent & { kind: "run-started" };
    const outstanding = Array.from(recovery.outstanding(retryFrom));
    const left = outstanding.flatMap(({ nextIndex, endIndex }) =>
      Array.from({ length: endIndex - nextIndex }, (_, offset) => nextIndex + offset)
    );
    assertEquals(new Set(left).size, left.length);
    assertEquals(doneItems + left.length, totalItems);
    assertEquals(countDone(counts) + outstanding.length, ranges + addedRanges);
    assertEquals(new Set(outstanding.map(({ index }) => index)).size, outstanding.length);
  }
  const state = events.reduce(reduce, INITIAL_STATE);
  assertEquals([state.pending, state.areRangesKnown], [0, true]);
}

Deno.test("isolate works for workers that report no progress before their first item is done", async () => {
  await forSeeds(40, async (random) => {
    // No item of the first range is fatal, so the run knows that its workers report progress.
    const fatal = new Set(
      Array.from({ length: 1 + random.integer(4) }, () => 10 + random.integer(30)),
    );
    const config: TaskConfig = {
      ...{ totalItems: 40, chunkSize: 10, numWorkers: 1, isolate: true, maxRetries: 2 },
      retryFrom: random.pick(["start", "checkpoint"]),
    };
    const { summary } = await runWithFatalItems(config, fatal, { first: [] });
    assertEquals(summary.doneItems, 40 - fatal.size);
    assertEquals(summary.failures.length, fatal.size);
  });
});

Deno.test("the output of a split range comes from its parts only", async () => {
  const script = `
i=$1
while [ $i -lt $2 ]; do
  [ $i -ne 7 ] || exit 3
  echo "item $i"; i=$((i + 1)); echo "PROGRESS: $((i - $1))"
done`;
  const { stdout } = await runCli([
    ...["run", "-n", "10", "-c", "5", "-w", "1", "-r", "1", "--retry-delay", "1ms", "--isolate"],
    ...["--output", "ordered", "--", "sh", "-c", script, "sh", "{start}", "{end}"],
  ]);
  const items = [0, 1, 2, 3, 4, 5, 6, 8, 9].map((item) => `item ${item}\n`).join("");
  assertEquals(stdout, items);
});

Deno.test("isolate gives the parts of a split range to idle workers", async () => {
  const fatal = new Set([10]);
  const result = await runWithFatalItems(
    { totalItems: 20, chunkSize: 20, numWorkers: 1, isolate: true },
    fatal,
  );
  const { summary } = result;
  assertEquals(summary.doneItems, 19);
  assertEquals(ofKind(result, "range-split").map(({ into }) => into), [[
    { range: 1, startIndex: 0, endIndex: 10 },
    { range: 2, startIndex: 11, endIndex: 20 },
  ]]);
});

Deno.test("--isolate works with real processes and can be resumed", async () => {
  await withFolder(async (folder) => {
    const script = `
for item; do
  echo "$item" >> "$0/$EXECUTOR_RUN_ID"
  case $item in bad*) [ -e "$0/fixed" ] || kill -SEGV $$;; esac
  n=$((n + 1)); echo "PROGRESS: $n"
done`;
    const items = ["a", "b", "bad 1", "c", "bad 2", "d"];
    const args = [
      ...["run", "--per-process", "6", "-r", "1", "--retry-delay", "1ms", "--isolate"],
      ...["--journal", `${folder}/journal`, "--resume"],
      ...["--", "sh", "-c", script, folder, "{items}", ":::", ...items],
    ];
    const first = await runCli(args);
    assertEquals(first.code, 1);
    assertMatch(
      first.stdout,
      /SPLIT +item 2 \(bad 1\) ended each attempt: items 0–1, items 3–5 run without it/,
    );
    assertMatch(first.stdout, /CRASHED item 2 \(bad 1\) after 2 attempts: signal SIGSEGV/);
    assertMatch(first.stdout, /CRASHED item 4 \(bad 2\) after 2 attempts: signal SIGSEGV/);
    assertMatch(first.stdout, / · 4 of 6 items done/);
    Deno.writeTextFileSync(`${folder}/fixed`, "");
    const before = new Set(Array.from(Deno.readDirSync(folder), ({ name }) => name));
    assertEquals((await runCli(args)).code, 0);
    const [added] = Array.from(Deno.readDirSync(folder), ({ name }) => name)
      .filter((name) => !before.has(name));
    assertEquals(Deno.readTextFileSync(`${folder}/${added}`), "bad 1\nbad 2\n");
  });
});

Deno.test("a split range of numbers is resumed with its parts", async () => {
  await withFolder(async (folder) => {
    const script = `
i=$1
while [ $i -lt $2 ]; do
  [ $i -ne 7 ] || [ -e "$0/fixed" ] || exit 3
  echo $i >> "$0/$EXECUTOR_RUN_ID"; i=$((i + 1)); echo "PROGRESS: $((i - $1))"
done`;
    const args = [
      ...["run", "-n", "20", "-c", "10", "-r", "1", "--retry-delay", "1ms", "--isolate"],
      ...["--journal", `${folder}/journal`, "--resume"],
      ...["--", "sh", "-c", script, folder, "{start}", "{end}"],
    ];
    const first = await runCli(args);
    assertEquals(first.code, 1);
    assertMatch(first.stdout, /: 3 done · 1 failed of 4 ranges/);
    Deno.writeTextFileSync(`${folder}/fixed`, "");
    const second = await runCli(args);
    assertEquals(second.code, 0);
    assertMatch(second.stdout, /: 4 done \(3 before\) of 4 ranges/);
    assert(!second.stdout.includes("items 8–9"));
  });
});
