// Output that is lost after its range was published as done: no view of the run may show the range as done.
import { Journal } from "@lambdawaker/executor/journal";
import { OrderedOutput } from "@lambdawaker/executor/output";
import { SubprocessExecutor } from "@lambdawaker/executor";
import { assertEquals } from "@std/assert";
import { textReport } from "../../src/cli/report_text.ts";
import { readHistory } from "../../src/report/history/read_history.ts";
import { toTrace } from "../../src/report/history/trace.ts";
import { JoblogReporter } from "../../src/reporters/joblog_reporter.ts";
import { withFolder } from "../helpers/journal.ts";

/** Runs a job of three, whose output cannot be written once all of it has ended. Returns the log of jobs. */
async function loseAll(journal: string): Promise<string> {
  const allEnded = Promise.withResolvers<void>();
  const write = async () => {
    await allEnded.promise;
    throw new Error("no space");
  };
  let ended = 0;
  let text = "";
  const terminal = {
    write: (piece: string) => {
      text += piece;
      return Promise.resolve();
    },
  };
  const executor = new SubprocessExecutor(
    { items: ["a", "b", "c"], numWorkers: 1 },
    ({ items }) => ["echo", ...items ?? []],
  );
  const ending = {
    report: ({ kind }: { kind: string }) => {
      if (kind === "range-ended" && ++ended === 3) allEnded.resolve();
    },
  };
  const joblog = new JoblogReporter({ hasHead: false, terminal });
  const summary = await executor.run([joblog, ending], {
    journal: new Journal(journal),
    output: new OrderedOutput({ write }),
  });
  assertEquals(summary.counts, { SUCCESS: 0, FINISHED: 0, FAILED: 0, CRASHED: 3 });
  return text;
}

Deno.test("a range that is done and loses its output is failed in log of jobs, report, table and trace", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/j`;
    const joblog = await loseAll(path);
    const ends = new Map(
      joblog.trimEnd().split("\n").map((line) => line.split("\t"))
        .map(([seq, , , , , , exit, , command]) => [seq, `${exit} ${command}`]),
    );
    assertEquals(Array.from(ends.values()), ["1 echo a", "1 echo b", "1 echo c"]);

    const history = readHistory(path);
    const cause = { kind: "output-lost", message: "no space" } as const;
    const lost = { status: "CRASHED", rangeStatus: "CRASHED", cause } as const;
    const shown = history.attempts.map(({ status, rangeStatus, cause }) => ({
      ...{ status, rangeStatus, cause },
    }));
    assertEquals<unknown>(shown, [lost, lost, lost]);
    assertEquals(history.failures.map(({ status, cause, attempts }) => [status, cause, attempts]), [
      ["CRASHED", cause, [0, 1, 2]],
    ]);
    const marks = toTrace(history).traceEvents.filter(({ ph }) => ph === "i");
    assertEquals(
      marks.map(({ name }) => name),
      Array.from({ length: 3 }, () => "CRASHED: output lost: no space"),
    );

    const text = async (format: "failed" | "joblog") => {
      const bytes = await textReport(path, { format, isNull: false });
      return new TextDecoder().decode(bytes);
    };
    assertEquals(await text("failed"), "a\nb\nc\n");
    const exits = (await text("joblog")).trimEnd().split("\n").slice(1)
      .map((line) => line.split("\t")[6]);
    assertEquals(exits, ["1", "1", "1"]);
  });
});
