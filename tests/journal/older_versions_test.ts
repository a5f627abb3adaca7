// Journals that older versions wrote are read, reported and resumed as those of today. See fixtures/README.md.
import { INITIAL_STATE, reduce, summarize } from "@lambdawaker/executor/events";
import { Journal, readJournal } from "@lambdawaker/executor/journal";
import { type RunEvent, SubprocessExecutor, type TaskConfig } from "@lambdawaker/executor";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { main } from "../../src/cli/main.ts";
import { readHistory } from "../../src/report/history/read_history.ts";
import { withFolder } from "../helpers/journal.ts";

const FIXTURES = new URL("./fixtures/", import.meta.url);
const VERSIONS = ["v1-first", "v1-pool", "v1-items", "v1-launchers", "v1-last"];

/** What a journal must tell. */
interface Expected {
  readonly doneItems: number;
  readonly doneRanges: number;
  /** By range. */
  readonly failures: Readonly<Record<number, object>>;
  /** The ranges that the run stopped, or was not there to see end. */
  readonly outstanding: readonly number[];
  /** Where a resumed run begins its attempts. */
  readonly starts: readonly number[];
}

const exit3 = { kind: "exit", code: 3 };
const JOURNALS: Readonly<Record<string, Expected>> = {
  finished: { doneItems: 6, doneRanges: 3, failures: {}, outstanding: [], starts: [] },
  failures: {
    doneItems: 4,
    doneRanges: 2,
    failures: {
      1: { status: "CRASHED", cause: exit3, attempts: 2, message: "near the end" },
      2: { status: "CRASHED", cause: { kind: "signal", signal: "SIGSEGV" }, attempts: 2 },
      3: { status: "FAILED", cause: { kind: "reported", status: "FAILED" }, attempts: 2 },
      4: { status: "CRASHED", cause: { kind: "timeout" }, attempts: 2 },
    },
    outstanding: [],
    starts: [2, 4, 6, 8],
  },
  broken: {
    doneItems: 0,
    doneRanges: 0,
    failures: {
      0: {
        status: "CRASHED",
        cause: { kind: "launch", message: "command not found: ./broken", permanent: true },
        attempts: 1,
      },
    },
    outstanding: [],
    starts: [0],
  },
  killed: { doneItems: 4, doneRanges: 2, failures: {}, outstanding: [2], starts: [4, 6] },
  stopped: { doneItems: 2, doneRanges: 1, failures: {}, outstanding: [1, 2], starts: [2, 4, 6] },
  checkpoints: {
    ...{ doneItems: 11, doneRanges: 0, failures: {}, outstanding: [0, 1], starts: [4, 17, 20] },
  },
  strings: {
    doneItems: 2,
    doneRanges: 2,
    failures: { 1: { status: "CRASHED", cause: exit3, attempts: 1, items: ["b"] } },
    outstanding: [],
    starts: [1],
  },
};

type Started = RunEvent & { kind: "run-started" };

/** Resumes the job of a journal with workers that do nothing. */
async function resume(path: string): Promise<{ starts: number[]; isOk: boolean }> {
  const [first] = readJournal(path);
  const { totalItems, chunkSize, retryFrom, items, command } = first as Started;
  const config: TaskConfig = {
    ...(items === undefined ? { totalItems } : { items: ["a", "b", "c"] }),
    ...{ chunkSize, retryFrom, numWorkers: 1 },
  };
  const executor = new SubprocessExecutor(config, () => ["true"], { command });
  const starts: number[] = [];
  const report = (event: RunEvent) => {
    if (event.kind === "attempt-started") starts.push(event.startIndex);
  };
  const journal = new Journal(path, { resume: true });
  const { ok } = await executor.run({ report }, { journal, handleSignals: false });
  return { starts, isOk: ok };
}

for (const version of VERSIONS) {
  for (const [name, expected] of Object.entries(JOURNALS)) {
    // The first versions knew no items that are strings.
    if (name === "strings" && ["v1-first", "v1-pool"].includes(version)) continue;
    const fixture = new URL(`${version}/${name}.jsonl`, FIXTURES);

    Deno.test(`${version}/${name}: what is done and what failed is read as it was`, () => {
      const events = Array.from(readJournal(fixture.pathname));
      const { runId } = events[0] as Started;
      const ids = events.flatMap((event) => event.kind === "attempt-started" ? [event] : [])
        .map(({ attemptId, range, attempt }) => [attemptId, `${runId}.${range}.${attempt}`]);
      for (const [id, wanted] of ids) assertEquals(id, wanted);
      const { doneItems, counts, failures } = summarize(events.reduce(reduce, INITIAL_STATE));
      assertEquals(doneItems, expected.doneItems);
      assertEquals(counts.SUCCESS + counts.FINISHED, expected.doneRanges);
      const byRange = Object.fromEntries(failures.map((failure) => [failure.range, failure]));
      assertEquals(Object.keys(byRange), Object.keys(expected.failures));
      for (const [range, wanted] of Object.entries(expected.failures)) {
        const failure = Object.entries(byRange[range]!);
        const compared = failure.filter(([field]) => Object.hasOwn(wanted, field));
        assertEquals(Object.fromEntries(compared), { ...wanted });
      }
      const ended = events.flatMap((event) => event.kind === "range-ended" ? [event.range] : []);
      assertEquals(expected.outstanding.filter((range) => ended.includes(range)), []);
    });

    Deno.test(`${version}/${name}: a report shows it`, async () => {
      const history = readHistory(fixture.pathname);
      assertEquals(history.doneItems, expected.doneItems);
      const failed = history.failures.flatMap(({ attempts }) => attempts)
        .map((index) => history.attempts[index]!.range);
      // Attempts that a later one made good are failures of attempts; a waiting range had one.
      for (const range of Object.keys(expected.failures)) assert(failed.includes(Number(range)));
      const stopped = history.attempts.filter(({ cause }) => cause?.kind === "stopped");
      for (const { range, status } of stopped) {
        assert(expected.outstanding.includes(range), `${range} was stopped`);
        assert(status !== "FAILED" && status !== "CRASHED", `${range} is shown as ${status}`);
      }
      await withFolder(async (folder) => {
        const page = `${folder}/report.html`;
        assertEquals(await main(["report", fixture.pathname, "-o", page]), { code: 0 });
        assertStringIncludes(await Deno.readTextFile(page), "<html");
      });
    });

    Deno.test(`${version}/${name}: a resumed run does the rest, and nothing else`, async () => {
      await withFolder(async (folder) => {
        const path = `${folder}/run.jsonl`;
        await Deno.copyFile(fixture, path);
        const before = await Deno.readTextFile(path);
        assertEquals(await resume(path), { starts: Array.from(expected.starts), isOk: true });
        assert((await Deno.readTextFile(path)).startsWith(before), "a line of before is lost");
        assertEquals(await resume(path), { starts: [], isOk: true }, "of both formats");
        assertEquals(
          readHistory(path).failures.length,
          readHistory(fixture.pathname).failures.length,
        );
      });
    });
  }
}
