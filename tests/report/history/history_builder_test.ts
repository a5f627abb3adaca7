import { assert, assertEquals } from "@std/assert";
import { currentItems, INITIAL_STATE, isRunning, reduce } from "@lambdawaker/executor/events";
import type { RunEvent } from "@lambdawaker/executor";
import type { AttemptRecord, RunHistory } from "../../../src/report/history/history.ts";
import { HistoryBuilder } from "../../../src/report/history/history_builder.ts";
import { readHistory } from "../../../src/report/history/read_history.ts";
import { runCli } from "../../helpers/cli.ts";
import { withFolder } from "../../helpers/journal.ts";
import { forSeeds } from "../../helpers/random.ts";
import { randomEvents } from "../../helpers/random_job.ts";
import { decodeChanges, encodeChanges } from "../../../src/report/history/wire.ts";
import { MadeUp, START } from "../made_up.ts";

/** What is compared of attempts. */
function short({ worker, range, attempt, startedAt, endedAt, status }: AttemptRecord): unknown[] {
  return [worker, range, attempt, startedAt, endedAt, status];
}

Deno.test("a history has every attempt, from its start to its end", () => {
  const history = new MadeUp()
    .run(0, { ranges: 2, numWorkers: 1, command: ["/usr/bin/python3", "resize.py"] })
    .start(10, [0, 0, 1])
    .end(110, [0, 0, 1], { cause: { kind: "exit", code: 3 }, again: true })
    .start(210, [0, 0, 2])
    .end(300, [0, 0, 2])
    .start(300, [0, 1, 1])
    .at(350, { kind: "progress", worker: 0, range: 1, attempt: 1, done: 4 })
    .history();
  assertEquals(history.attempts.map(short), [
    [0, 0, 1, 10, 110, "CRASHED"],
    [0, 0, 2, 210, 300, "SUCCESS"],
    [0, 1, 1, 300, undefined, "RUNNING"],
  ]);
  assertEquals(history.attempts.map(({ rangeStatus }) => rangeStatus), [
    undefined,
    "SUCCESS",
    undefined,
  ]);
  assertEquals(history.attempts[0]!.cause, { kind: "exit", code: 3 });
  assertEquals([history.doneItems, history.totalItems], [14, 20]);
  assertEquals([history.phase, history.now, history.title], ["running", 350, "python3"]);
  assertEquals(history.startedAt, START);
});

Deno.test("a resumed job has one time line: open attempts are lost, the time between runs is left out", () => {
  const history = new MadeUp()
    .run(0, { ranges: 3, numWorkers: 2 })
    .start(0, [0, 0, 1]).start(0, [1, 1, 1])
    .end(100, [0, 0, 1])
    .at(200, { kind: "message", worker: 1, range: 1, attempt: 1, text: "then the power failed" })
    .run(5_000_200, { ranges: 3, numWorkers: 2, doneRanges: 1 })
    .start(5_000_210, [0, 1, 2]).end(5_000_310, [0, 1, 2])
    .start(5_000_210, [1, 2, 1]).end(5_000_260, [1, 2, 1])
    .at(5_000_320, { kind: "run-ended" })
    .history();
  assertEquals(history.attempts.map(short), [
    [0, 0, 1, 0, 100, "SUCCESS"],
    [1, 1, 1, 0, 200, "LOST"],
    [0, 1, 2, 210, 310, "SUCCESS"],
    [1, 2, 1, 210, 260, "SUCCESS"],
  ]);
  assertEquals(history.breaks, [{ kind: "resumed", at: 200, ms: 5_000_000 }]);
  assertEquals(
    history.sessions.map((
      { startedAt, endedAt, isLost, resumedRanges },
    ) => [startedAt, endedAt, isLost, resumedRanges]),
    [[0, 200, true, 0], [200, 320, false, 1]],
  );
  assertEquals([history.phase, history.doneItems, history.counts.SUCCESS], ["ended", 30, 3]);
});

Deno.test("a run that is marked as lost has no open attempts", () => {
  const builder = new MadeUp().run(0, { ranges: 2, numWorkers: 1 }).start(0, [0, 0, 1]).builder();
  assertEquals(builder.history().phase, "running");
  builder.markLost();
  const { phase, attempts } = builder.history(START + 99_999);
  assertEquals([phase, attempts[0]!.status, attempts[0]!.endedAt], ["lost", "LOST", 0]);
});

Deno.test("the time for which a run was suspended is left out", () => {
  const run = new MadeUp()
    .run(0, { ranges: 1, numWorkers: 1 })
    .start(100, [0, 0, 1])
    .at(200, { kind: "run-suspended" });
  assertEquals(run.builder().history(START + 9_000).now, 200);
  assert(run.history().isSuspended);
  const history = run
    .at(10_200, { kind: "run-continued" })
    .end(10_300, [0, 0, 1])
    .at(10_310, { kind: "run-ended" })
    .history();
  assertEquals(history.attempts.map(short), [[0, 0, 1, 100, 300, "SUCCESS"]]);
  assertEquals(history.breaks, [{ kind: "suspended", at: 200, ms: 10_000 }]);
  assertEquals([history.now, history.isSuspended], [310, false]);
});

Deno.test("a history has the marks and warnings of all runs", () => {
  const history = new MadeUp()
    .run(0, { ranges: 1, numWorkers: 1 })
    .at(10, { kind: "pool-resized", numWorkers: 3 })
    .at(20, { kind: "run-paused" })
    .at(30, { kind: "run-unpaused" })
    .at(40, { kind: "run-stopping", how: "stop", cause: { kind: "signal", signal: "SIGINT" } })
    .at(50, { kind: "warning", text: "no \x1b[31mroom" })
    .run(100, { ranges: 1, numWorkers: 1 })
    .at(110, { kind: "warning", text: "none here either" })
    .history();
  assertEquals(history.marks, [
    { kind: "resized", at: 10, numWorkers: 3 },
    { kind: "paused", at: 20 },
    { kind: "unpaused", at: 30 },
    { kind: "stopping", at: 40, how: "stop", cause: { kind: "signal", signal: "SIGINT" } },
  ]);
  assertEquals(history.warnings, ["no room", "none here either"]);
});

Deno.test("a delayed launch is pending until its process has started", () => {
  const ref = { worker: 0, range: 0, attempt: 1 };
  const run = new MadeUp()
    .run(0, { ranges: 1, numWorkers: 1 })
    .start(0, [0, 0, 1])
    .at(1, { kind: "launch-delayed", ...ref, reason: "no processes left" });
  assertEquals(run.history().attempts[0]!.status, "PENDING");
  const { attempts } = run.at(500, { kind: "spawned", ...ref, pid: 7, argv: ["true"] }).history();
  assertEquals([attempts[0]!.status, attempts[0]!.startedAt], ["RUNNING", 500]);
});

Deno.test("attempts of random jobs agree with the state that the same events lead to", async () => {
  await forSeeds(100, async (random) => {
    const { events } = await randomEvents(random);
    const history = new HistoryBuilder();
    let state = INITIAL_STATE;
    let [begun, ended] = [0, 0];
    for (const event of events) {
      state = reduce(state, event);
      history.add(event);
      const { attempts, doneItems } = history.history();
      assertEquals(doneItems, currentItems(state), "items done");
      if (event.kind === "attempt-started") begun++;
      assertEquals(attempts.length, begun);
      if (event.kind !== "attempt-ended") continue;
      ended++;
      const worker = state.workers[event.worker]!;
      const record = attempts.findLast((record) => record.worker === event.worker)!;
      assertEquals({
        status: record.status,
        cause: record.cause,
        progress: record.progress,
        attempt: record.attempt,
        startedAt: record.startedAt + state.startedAt,
        endedAt: record.endedAt! + state.startedAt,
        extraData: {
          startIndex: record.startIndex,
          endIndex: record.endIndex,
          range: record.range,
        },
      }, {
        status: worker.status,
        cause: worker.cause,
        progress: worker.progress,
        attempt: worker.attempt,
        startedAt: worker.startedAt!,
        endedAt: worker.endedAt!,
        extraData: worker.extraData,
      });
    }
    const { attempts, counts, phase, counters, warnings } = history.history();
    assertEquals([begun, phase], [ended, "ended"]);
    assertEquals(attempts.length, state.attempts);
    assertEquals(attempts.filter((attempt) => attempt.endedAt === undefined), []);
    assertEquals([counts, counters, warnings], [
      state.counts,
      state.counters,
      state.warnings,
    ]);
    assert(!state.workers.some(isRunning));
  });
});

Deno.test("failures of random jobs are those of the state, with the same last log lines", async () => {
  await forSeeds(50, async (random) => {
    const { events } = await randomEvents(random);
    const history = new HistoryBuilder();
    let state = INITIAL_STATE;
    for (const event of events) {
      state = reduce(state, event);
      history.add(event, state);
    }
    const { attempts, failures } = history.history();
    const words = failures.flatMap(({ attempts: places, cause, message, log }) =>
      places.map((place) => ({ ...attempts[place]!, cause, message, log }))
    );
    for (const failure of state.failures) {
      const found = words.find(({ range, attempt }) =>
        range === failure.range && attempt === failure.attempts
      );
      assertEquals(
        [found?.rangeStatus, found?.cause, found?.message, found?.log],
        [failure.status, failure.cause, failure.message, failure.log],
      );
    }
  });
});

Deno.test("a history has the rate and the ETA of the run that goes on, as a live page gets them", () => {
  const run = new MadeUp().run(0, { ranges: 2, numWorkers: 1 }).start(0, [0, 0, 1])
    .at(4_000, { kind: "progress", worker: 0, range: 0, attempt: 1, done: 4 });
  const builder = run.builder();
  const wire = decodeChanges(encodeChanges(builder.drainChanges(START + 5_000))).facts;
  assertEquals([wire.rate, wire.eta], [0.8, 20_000]);
  const now = builder.history();
  assertEquals([now.rate, now.eta], [1, 16_000], "at the time of the last event");
  builder.markLost();
  assertEquals(builder.history(START + 5_000).eta, undefined);
  const over = run.end(9_000, [0, 0, 1]).at(9_000, { kind: "run-ended" }).history();
  assertEquals([over.rate, over.eta], [undefined, undefined]);
});

Deno.test("a record of ends gives the attempts their times, and says what it lacks", async () => {
  await withFolder(async (folder) => {
    const paths = { journal: `${folder}/j.jsonl`, state: `${folder}/executor` };
    const script = 'echo PROGRESS: 1; sleep 0.0$(($0 % 5)); test "$0" != 3';
    const words = [
      "-w",
      "3",
      "--",
      "sh",
      "-c",
      script,
      ":::",
      ...Array.from({ length: 12 }, (_, n) => `${n}`),
    ];
    const events: RunEvent[] = [];
    await runCli(["run", "--events", `${folder}/events`, ...words], {
      env: { XDG_STATE_HOME: folder },
    });
    for (const line of (await Deno.readTextFile(`${folder}/events`)).trimEnd().split("\n")) {
      events.push(JSON.parse(line));
    }
    const whole = new HistoryBuilder();
    for (const event of events) whole.add(event);
    const [record] = Array.from(Deno.readDirSync(paths.state), ({ name }) => name);
    const ends = readHistory(`${paths.state}/${record}`);
    assertEquals([whole.history().hasEndsOnly, ends.hasEndsOnly], [undefined, true]);
    assertEquals([ends.phase, ends.doneItems, ends.counts], ["ended", 11, whole.history().counts]);
    const byRange = (history: RunHistory) =>
      history.attempts.toSorted((a, b) => a.range - b.range)
        .map(({ range, worker, status, item }) => [range, worker, status, item]);
    assertEquals(byRange(ends), byRange(whole.history()));
    for (const { startedAt, endedAt, range } of ends.attempts) {
      const wanted = whole.history().attempts.find((attempt) => attempt.range === range)!;
      // A record has when the attempt was begun, which is a moment before its process runs.
      assert(startedAt <= wanted.startedAt && wanted.startedAt - startedAt < 1_000);
      // It has when the range was over, which is a moment after the attempt.
      assert(endedAt! >= wanted.endedAt! && endedAt! - wanted.endedAt! < 1_000);
    }
    assertEquals(ends.failures.map(({ attempts }) => attempts.length), [1]);
  });
});

Deno.test("the message of an attempt is known while it runs", () => {
  const job = new MadeUp().run(0, { ranges: 1, numWorkers: 1 }).start(1, [0, 0, 1])
    .at(2, { kind: "message", worker: 0, range: 0, attempt: 1, text: "half\x1b[31mway" });
  assertEquals(job.history().attempts[0]!.message, "halfway");
  assertEquals(job.end(3, [0, 0, 1]).history().attempts[0]!.message, undefined);
});

Deno.test("the end of the last run is known, in milliseconds since 1970", () => {
  const job = new MadeUp().run(0, { ranges: 1, numWorkers: 1 }).start(1, [0, 0, 1]);
  assertEquals(job.history().endedAt, undefined);
  job.end(50, [0, 0, 1]).at(60, { kind: "run-ended" });
  assertEquals(job.history().endedAt, START + 60);
});

Deno.test("items that are skipped are done, and their failures in earlier runs are none any more", () => {
  const history = new MadeUp()
    .run(0, { ranges: 2, numWorkers: 1 })
    .start(10, [0, 0, 1])
    .end(110, [0, 0, 1], { cause: { kind: "exit", code: 3 } })
    .at(120, { kind: "run-ended" })
    .run(200, { ranges: 2, numWorkers: 1 })
    .at(210, { kind: "range-skipped", range: 0, startIndex: 0, endIndex: 10, path: "out" })
    .history();
  assertEquals(history.doneItems, 10);
  assertEquals(history.attempts[0]!.settled, "repaired");
});
