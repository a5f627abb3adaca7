import { INITIAL_STATE, reduce } from "@lambdawaker/executor/events";
import { PlainReporter, type RunEvent, SubprocessExecutor } from "@lambdawaker/executor";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { FakeClock } from "../helpers/fake_clock.ts";

/** A terminal that collects lines. */
class Lines {
  text = "";

  write(text: string): Promise<void> {
    this.text += text;
    return Promise.resolve();
  }
}

/** Sends events to a reporter, with the state after each. */
class Events {
  state = INITIAL_STATE;

  constructor(readonly reporter: PlainReporter, readonly now: () => number) {}

  send(body: object): void {
    const event = { v: 2, t: this.now(), ...body } as RunEvent;
    this.reporter.report(event, this.state = reduce(this.state, event));
  }

  start(job: object): void {
    this.send({ kind: "run-started", runId: "r", numWorkers: 1, maxRetries: 0, ...job });
  }

  /** Ends a range of one item, which took `ms`. */
  async end(range: number, { clock, ms, status = "SUCCESS" }: EndedRange): Promise<void> {
    const ref = { worker: 0, range, attempt: 1 };
    const where = { startIndex: range, endIndex: range + 1, items: [`photo ${range}.png`] };
    const end = status === "SUCCESS" ? { status } : { status, cause: { kind: "exit", code: 3 } };
    const nextIndex = status === "SUCCESS" ? range + 1 : range;
    this.send({ ...ref, ...where, kind: "attempt-started" });
    await clock.advance(ms);
    this.send({ ...ref, ...end, kind: "attempt-ended", progress: 0 });
    this.send({ ...ref, ...where, ...end, kind: "range-ended", nextIndex });
  }
}

interface EndedRange {
  clock: FakeClock;
  ms: number;
  status?: string;
}

function watch(options: { records?: string[] } = {}) {
  const [terminal, clock] = [new Lines(), new FakeClock()];
  const reporter = new PlainReporter({
    ...{ title: "Job", color: "never", ascii: false, terminal, clock, ...options },
  });
  const events = new Events(reporter, () => clock.now());
  return { terminal, clock, reporter, events };
}

Deno.test("PlainReporter writes a line per range that ended and per retry, then the summary", async () => {
  const terminal = new Lines();
  const executor = new SubprocessExecutor(
    {
      totalItems: 12,
      numWorkers: 1,
      chunkSize: 6,
      maxRetries: 1,
      retryDelay: { initial: 100, jitter: 0 },
    },
    (
      { extraData: { range } },
    ) => ["sh", "-c", range === 0 ? "echo STATUS: SUCCESS" : "echo why; exit 2"],
  );
  await executor.run(new PlainReporter({ title: "Job", color: "never", ascii: false, terminal }));
  const text = terminal.text.replace(/ \d\.\d s/g, " 0.0 s").replace(
    /[\d.]+ items\/s/,
    "N items/s",
  );
  assertEquals(text.split("\n"), [
    "started: 12 items in 2 ranges, 1 worker",
    "[ 6/12] SUCCESS   0.0 s  items 0–5",
    "[ 6/12] RETRYING  0.0 s  items 6–11: exit code 2, attempt 1 of 2, again in 0.0 s",
    "[ 6/12] FAILED    0.0 s  items 6–11 after 2 attempts: exit code 2",
    "",
    "FAILED items 6–11 after 2 attempts: exit code 2",
    "  │ why",
    "",
    "Job: 1 done · 1 failed of 2 ranges · 6 of 12 items done · 0.0 s · N items/s · 1 retry",
    "",
  ]);
});

Deno.test("the number of ranges is not told before it is known: ranges that are to take some time are made on the way", async () => {
  const { terminal, clock, reporter, events } = watch();
  const ref = { worker: 0, range: 0, attempt: 1 };
  events.start({ totalItems: 40, ranges: 4, rangeTime: 200 });
  events.send({ ...ref, kind: "attempt-started", startIndex: 0, endIndex: 10 });
  events.send({ ...ref, kind: "progress", done: 10 });
  await clock.advance(5_000);
  const counts = { SUCCESS: 1, FINISHED: 0 };
  events.start({ totalItems: 40, ranges: 4, rangeTime: 200, resumed: { counts, doneItems: 10 } });
  assertEquals(terminal.text.split("\n"), [
    "started: 40 items, 1 worker",
    "[10/40] RUNNING   5.0 s  25% · 2.0/s · ETA 0:15 · 0 ranges done · 1 worker at work",
    "resumed: 10 of 40 items were done before",
    "",
  ]);
  events.send({ kind: "run-ended" });
  await reporter.close();
});

Deno.test("a line has the time and the name of the item, and counts items", async () => {
  const { terminal, clock, reporter, events } = watch();
  events.start({ totalItems: 3, ranges: 3 });
  await events.end(0, { clock, ms: 350 });
  await events.end(1, { clock, ms: 12_000, status: "FAILED" });
  await events.end(2, { clock, ms: 83_000 });
  assertEquals(terminal.text.split("\n").filter((line) => !line.includes("RUNNING")), [
    "started: 3 items, 1 worker",
    "[1/3] SUCCESS   0.3 s  item 0 (photo 0.png)",
    "[1/3] FAILED     12 s  item 1 (photo 1.png): exit code 3",
    "[2/3] SUCCESS    1:23  item 2 (photo 2.png)",
    "",
  ]);
  events.send({ kind: "run-ended" });
  await reporter.close();
});

Deno.test("PlainReporter writes a line of progress every 30 s, whatever else it writes", async () => {
  const { terminal, clock, reporter, events } = watch();
  const ref = { worker: 0, range: 0, attempt: 1 };
  events.start({ totalItems: 40, ranges: 1 });
  events.send({ ...ref, kind: "attempt-started", startIndex: 0, endIndex: 40 });
  events.send({ ...ref, kind: "progress", done: 10 });
  events.send({ kind: "run-paused" });
  events.send({ kind: "run-unpaused" });
  await clock.advance(29_999);
  assertEquals(
    terminal.text,
    "started: 40 items in 1 range, 1 worker\npaused: no new ranges start\nunpaused\n",
  );
  terminal.text = "";
  await clock.advance(30_001);
  assertEquals(
    terminal.text,
    [
      "[10/40] RUNNING    30 s  25% · 0.3/s · ETA 1:30 · 0 of 1 ranges done · 1 worker at work\n",
      "[10/40] RUNNING    1:00  25% · 0.2/s · ETA 3:00 · 0 of 1 ranges done · 1 worker at work\n",
    ].join(""),
  );
  events.send({ kind: "run-ended" });
  assertEquals(clock.running, 0);
  await reporter.close();
});

Deno.test("PlainReporter writes a line at the start, and progress after 5 s if nothing has ended", async () => {
  const { terminal, clock, reporter, events } = watch();
  const ref = { worker: 0, range: 0, attempt: 1 };
  events.start({ totalItems: 40, ranges: 4, numWorkers: 2 });
  assertEquals(terminal.text, "started: 40 items in 4 ranges, 2 workers\n");
  terminal.text = "";
  events.send({ ...ref, kind: "attempt-started", startIndex: 0, endIndex: 10 });
  await clock.advance(4_999);
  assertEquals(terminal.text, "");
  await clock.advance(25_001);
  assertEquals(terminal.text.split("\n"), [
    "[ 0/40] RUNNING   5.0 s  0% · 0 of 4 ranges done · 1 worker at work",
    "[ 0/40] RUNNING    30 s  0% · 0 of 4 ranges done · 1 worker at work",
    "",
  ]);
  await reporter.close();
});

Deno.test("a line of progress counts items and failures of a job with one item each", async () => {
  const { terminal, clock, reporter, events } = watch();
  events.start({ totalItems: 200, ranges: 200 });
  for (let range = 0; range < 20; range++) {
    await events.end(range, { clock, ms: 1_000, status: range < 2 ? "FAILED" : "SUCCESS" });
  }
  terminal.text = "";
  await clock.advance(10_000);
  assertEquals(
    terminal.text,
    "[ 18/200] RUNNING    30 s  9% · 0.4/s · ETA 6:45 · 2 failed · 0 workers at work\n",
  );
  await reporter.close();
});

Deno.test("a total that is not known is a question mark, and there is no per cent of it", async () => {
  const { terminal, clock, reporter, events } = watch();
  events.start({ totalItems: 0, ranges: 0, items: "uncounted", chunkSize: 1 });
  events.send({ kind: "items-read", totalItems: 5, ranges: 5, isComplete: false });
  await events.end(0, { clock, ms: 3_000 });
  await clock.advance(27_000);
  events.send({ kind: "items-read", totalItems: 6, ranges: 6, isComplete: true });
  await events.end(1, { clock, ms: 1_000 });
  assertEquals(terminal.text.split("\n"), [
    "started: items are read as they come, 1 worker",
    "[1/?] SUCCESS   3.0 s  item 0 (photo 0.png)",
    "[1/?] RUNNING    30 s  the total is not known yet · 2.0/min · 0 workers at work",
    "[2/6] SUCCESS   1.0 s  item 1 (photo 1.png)",
    "",
  ]);
  await reporter.close();
});

Deno.test("of more than a hundred ranges, those that end well are only counted", async () => {
  for (const ranges of [100, 101]) {
    const { terminal, clock, reporter, events } = watch();
    events.start({ totalItems: ranges, ranges });
    for (let range = 0; range < ranges; range++) {
      await events.end(range, { clock, ms: 400, status: range === 7 ? "FAILED" : "SUCCESS" });
    }
    events.send({ kind: "run-ended" });
    const lines = terminal.text.trimEnd().split("\n");
    if (ranges === 100) {
      assertEquals(lines.filter((line) => line.includes("SUCCESS")).length, 99);
    } else {
      assertEquals(lines, [
        "started: 101 items, 1 worker",
        "items that end well are only counted: progress follows every 30 seconds",
        "[  7/101] FAILED    0.4 s  item 7 (photo 7.png): exit code 3",
        "[ 73/101] RUNNING    30 s  72% · 2.4/s · ETA 0:11 · 1 failed · 1 worker at work",
      ]);
    }
    await reporter.close();
  }
});

Deno.test("what a stop leaves has no line: it is counted in the totals", async () => {
  const { terminal, clock, reporter, events } = watch();
  events.start({ totalItems: 3, ranges: 3, maxRetries: 1, numWorkers: 2 });
  const ref = { worker: 0, range: 0, attempt: 1 };
  const end = { status: "FAILED", cause: { kind: "exit", code: 3 }, progress: 0 };
  events.send({ ...ref, kind: "attempt-started", startIndex: 0, endIndex: 1 });
  events.send({ ...ref, worker: 1, range: 1, kind: "attempt-started", startIndex: 1, endIndex: 2 });
  const cause = { kind: "signal", signal: "SIGINT" };
  events.send({ kind: "run-stopping", how: "stop", cause });
  events.send({ ...ref, ...end, kind: "attempt-ended" });
  events.send({ ...ref, kind: "retry-scheduled", delay: 100, nextIndex: 0 });
  const stopped = { status: "PENDING", cause: { kind: "stopped" }, progress: 0, nextIndex: 1 };
  events.send({ ...ref, ...stopped, worker: 1, range: 1, kind: "attempt-ended" });
  await clock.advance(2_000);
  events.send({ kind: "run-ended" });
  await reporter.close();
  assertEquals(terminal.text.split("\n"), [
    "started: 3 items, 2 workers",
    "stopped by SIGINT: asking the workers to end",
    "",
    "! stopped by SIGINT",
    "Job: 0 done · 2 stopped · 1 not started of 3 items · 2.0 s",
    "",
  ]);
});

Deno.test("PlainReporter lets no control sequence through", async () => {
  const terminal = new Lines();
  const executor = new SubprocessExecutor(
    { totalItems: 1 },
    () => ["sh", "-c", "printf '\\033]0;evil\\007\\033[2Jlast words\\n'; exit 1"],
  );
  await executor.run(new PlainReporter({ color: "never", terminal }));
  assert(!/[^\P{Cc}\n]/u.test(terminal.text), JSON.stringify(terminal.text));
  assertStringIncludes(terminal.text, "  │ last words\n");
});

Deno.test("PlainReporter goes silent when its reader has gone", async () => {
  let writes = 0;
  const terminal = {
    write: () => {
      writes++;
      return Promise.reject(new Deno.errors.BrokenPipe());
    },
  };
  const executor = new SubprocessExecutor(
    { totalItems: 8, chunkSize: 1, numWorkers: 1 },
    () => ["true"],
  );
  const summary = await executor.run(new PlainReporter({ terminal }));
  assertEquals([summary.ok, summary.warnings, writes], [true, [], 1]);
});

/** Sends the events of a run in which each range fails. */
function failAll(reporter: PlainReporter, { ranges }: { ranges: number }): void {
  let state = INITIAL_STATE;
  const send = (body: object) => {
    const event = { v: 2, t: 1, ...body } as RunEvent;
    reporter.report(event, state = reduce(state, event));
  };
  send({
    kind: "run-started",
    runId: "r",
    totalItems: ranges,
    ranges,
    numWorkers: 1,
    maxRetries: 0,
  });
  for (let range = 0; range < ranges; range++) {
    const ref = { worker: 0, range, attempt: 1 };
    const where = { startIndex: range, endIndex: range + 1 };
    const end = { status: "FAILED", cause: { kind: "exit", code: range } };
    send({ ...ref, ...where, kind: "attempt-started" });
    send({ ...ref, kind: "log", lines: Array(20).fill(`line of ${range}`) });
    send({ ...ref, ...end, kind: "attempt-ended", progress: 0 });
    send({ ...ref, ...where, ...end, kind: "range-ended", nextIndex: range });
  }
  send({ kind: "run-ended" });
}

Deno.test("PlainReporter writes a bounded number of lines for any number of failures", async () => {
  const terminal = new Lines();
  const reporter = new PlainReporter({ color: "never", terminal, records: ["run.jsonl"] });
  failAll(reporter, { ranges: 5_000 });
  await reporter.close();
  const lines = terminal.text.split("\n");
  assert(lines.length < 1_300, `${lines.length} lines`);
  assert(lines.includes("… further failures, retries and warnings are only counted"));
  assertEquals(lines.at(-4), "… and 4990 more: run.jsonl");
  assertMatch(lines.at(-2)!, /: 0 done · 5000 failed of 5000 items · /);
});

Deno.test("PlainReporter shows a hint after a thousand warnings: it is none of them", async () => {
  const { terminal, reporter, events } = watch();
  const warn = (body: object) => events.send({ kind: "warning", ...body });
  for (let count = 1; count <= 1_010; count++) warn({ text: "disk is full" });
  warn({ text: "use --results", isHint: true });
  await reporter.close();
  const lines = terminal.text.split("\n");
  assertEquals(lines.slice(999, 1_002), [
    "warning: disk is full",
    "… further failures, retries and warnings are only counted",
    "hint: use --results",
  ]);
});

Deno.test("PlainReporter keeps a bounded number of lines for a reader that takes nothing", async () => {
  const taken: string[] = [];
  const reads = Promise.withResolvers<void>();
  const terminal = {
    write: async (text: string) => {
      taken.push(text);
      if (taken.length === 1) await reads.promise;
    },
  };
  const reporter = new PlainReporter({ color: "never", terminal, clock: new FakeClock() });
  const warning = { v: 2, t: 1, kind: "run-paused" } as const;
  // Each is a line of some 30 characters.
  for (let index = 0; index < 500_000; index++) reporter.report(warning, INITIAL_STATE);
  reads.resolve();
  await reporter.close();
  const text = taken.join("");
  assert(text.length < 5_000_000, `${text.length} characters`);
  assertMatch(text, /… \d+ lines left out, as the reader did not keep up\n/);
});
