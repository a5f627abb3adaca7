// Workers that wait for items of a slow source, while the run is paused, drained or given fewer workers.
import { type RunEvent, SubprocessExecutor, type TaskConfig } from "@lambdawaker/executor";
import { assertEquals, assertMatch } from "@std/assert";
import { runJob } from "../helpers/run_job.ts";
import { until } from "../helpers/processes.ts";

/** Starts three workers on a source of items that gives what `give` is called with. */
function startWaiting(chunkSize: TaskConfig["chunkSize"]) {
  const { readable, writable } = new TransformStream<string, string>();
  const writer = writable.getWriter();
  const events: RunEvent["kind"][] = [];
  const executor = new SubprocessExecutor(
    { items: readable, chunkSize, numWorkers: 3 },
    () => ["true"],
  );
  const report = ({ kind }: RunEvent) => void events.push(kind);
  const run = executor.start({ report }, { handleSignals: false });
  const started = () => events.filter((kind) => kind === "attempt-started").length;
  const ended = () => events.filter((kind) => kind === "range-ended").length;
  return { run, writer, started, ended };
}

/** Lets the waiting workers take what was written. That takes a few turns of the event loop, however long these are. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setTimeout(resolve));
}

for (const chunkSize of [1, { time: 50 }]) {
  const ranges = chunkSize === 1 ? "ranges of one item" : "ranges of a time";
  Deno.test(`workers that wait for items start nothing while the run is paused: ${ranges}`, async () => {
    const { run, writer, started } = startWaiting(chunkSize);
    await writer.write("a");
    await until(() => started() === 1, "the first item is taken");
    run.pause();
    for (const item of ["b", "c", "d"]) await writer.write(item);
    await turns();
    assertEquals(started(), 1);
    run.continue();
    await writer.close();
    assertEquals((await run.summary).doneItems, 4);
  });

  Deno.test(`workers that wait for items start nothing after drain(): ${ranges}`, async () => {
    const { run, writer, started } = startWaiting(chunkSize);
    await writer.write("a");
    await until(() => started() === 1, "the first item is taken");
    const writing = Promise.all(["b", "c"].map((item) => writer.write(item)));
    run.drain();
    const { doneItems } = await run.summary;
    assertEquals([doneItems, started()], [1, 1]);
    await writing.catch(() => {});
  });

  Deno.test(`a worker that is not wanted any more leaves the items to others: ${ranges}`, async () => {
    const { run, writer, started } = startWaiting(chunkSize);
    await writer.write("a");
    await until(() => started() === 1, "the first item is taken");
    run.setWorkers(1);
    for (const item of ["b", "c", "d"]) await writer.write(item);
    await writer.close();
    assertEquals((await run.summary).doneItems, 4);
  });

  Deno.test(`an item of a worker that is not wanted any more goes to one that had nothing left: ${ranges}`, async () => {
    const { run, writer, ended } = startWaiting(chunkSize);
    // Worker 0 has done it, and waits behind the others.
    await writer.write("a");
    await until(() => ended() === 1, "the first item is done");
    run.pause();
    run.setWorkers(1);
    await writer.write("b");
    await writer.close();
    await turns();
    run.continue();
    const { doneItems, ok } = await run.summary;
    assertEquals([doneItems, ok], [2, true]);
  });
}

Deno.test("an error of the space of items ends the reading, not the run", async () => {
  const items = ["a", "b", "c", "d", "e", "f"];
  for (const chunkSize of [1, 4, { time: 50 }]) {
    for (const source of [items, items.values()]) {
      const costOf = (item: string) => {
        if (item === "d") throw new Error("no cost");
        return 1;
      };
      const { summary } = await runJob(
        { items: source, totalItems: 6, chunkSize, numWorkers: 1 },
        () => ["true"],
        { itemSpace: { room: 100, costOf } },
      );
      assertEquals([summary.exitCode, summary.doneItems], [1, 3]);
      assertMatch(summary.warnings.join(), /no cost/);
    }
  }
});

for (const cost of [NaN, -5, -Infinity, "5", undefined]) {
  Deno.test(`a space of items in which one costs ${Deno.inspect(cost)} ends the reading, with an error that names it`, async () => {
    const items = ["a", "b", "c", "d", "e", "f"];
    for (const chunkSize of [1, 4, { time: 50 }]) {
      for (const source of [items, items.values()]) {
        const costOf = (item: string) => (item === "d" ? cost : 1) as number;
        const { summary } = await runJob(
          { items: source, totalItems: 6, chunkSize, numWorkers: 1 },
          () => ["true"],
          { itemSpace: { room: 100, costOf } },
        );
        assertEquals([summary.exitCode, summary.doneItems], [1, 3]);
        assertEquals(summary.warnings, [
          "cannot read items after the first 3: itemSpace.costOf must return a number of at least 0, or Infinity: " +
          `it returned ${Deno.inspect(cost)} for item 3`,
        ]);
      }
    }
  });
}
