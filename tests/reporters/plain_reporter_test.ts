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

Deno.test("PlainReporter writes a line per start, retry, failure and end", async () => {
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
  await executor.run(new PlainReporter({ title: "Job", color: "never", terminal }));
  const [live, closing] = terminal.text.split("Job ━");
  assertEquals(
    live,
    [
      "[0/2] START    range 0 (items 0–5) worker 0 attempt 1",
      "[1/2] SUCCESS  range 0 (items 0–5) worker 0 attempt 1",
      "[1/2] START    range 1 (items 6–11) worker 0 attempt 1",
      "[1/2] RETRYING range 1 worker 0 attempt 1 again in 0.1 s: exit code 2",
      "[1/2] START    range 1 (items 6–11) worker 0 attempt 2",
      "[2/2] FAILED   range 1 (items 6–11) worker 0 attempt 2: exit code 2",
      "",
    ].join("\n"),
  );
  assertMatch(closing!, /^━.* 50% 6\/12 0:0\d /);
  assertStringIncludes(closing!, "ranges: 1 done · 1 failed · 1 retry\n");
  assertStringIncludes(closing!, "\nFAILED items 6–11 after 2 attempts: exit code 2\n  │ why\n");
});

Deno.test("PlainReporter writes a line of progress every 30 s", async () => {
  const terminal = new Lines();
  const clock = new FakeClock();
  const reporter = new PlainReporter({ color: "never", terminal, clock });
  let state = INITIAL_STATE;
  const send = (body: object) => {
    const event = { v: 2, t: clock.now(), ...body } as RunEvent;
    reporter.report(event, state = reduce(state, event));
  };
  const ref = { worker: 0, range: 0, attempt: 1 };
  send({
    kind: "run-started",
    runId: "r",
    totalItems: 40,
    ranges: 1,
    numWorkers: 1,
    maxRetries: 0,
  });
  send({ ...ref, kind: "attempt-started", startIndex: 0, endIndex: 40 });
  send({ ...ref, kind: "progress", done: 10 });
  terminal.text = "";
  await clock.advance(29_999);
  assertEquals(terminal.text, "");
  await clock.advance(30_001);
  assertEquals(
    terminal.text,
    [
      "[0/1] RUNNING  10/40 items (25%), 1 worker at work, 0:30\n",
      "[0/1] RUNNING  10/40 items (25%), 1 worker at work, 1:00\n",
    ].join(""),
  );
  await reporter.close();
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
  assertEquals(lines.filter((line) => line.includes("START")), []);
  assert(lines.includes("… further failures, retries and warnings are only counted"));
  assertEquals(lines.at(-2), "… and 4990 more: run.jsonl");
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
