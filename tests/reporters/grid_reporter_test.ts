import { AnsiReporter, type RunEvent } from "@lambdawaker/executor";
import { INITIAL_STATE, reduce } from "@lambdawaker/executor/events";
import type { Terminal } from "@lambdawaker/executor/reporters";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { FakeClock, settle } from "../helpers/fake_clock.ts";
import { ScreenTerminal } from "../helpers/screen_terminal.ts";

/** Creates a reporter and functions that send it events. */
function setUp(options: { terminal: Terminal; clock?: FakeClock; showLog?: boolean }) {
  const clock = options.clock ?? new FakeClock();
  const reporter = new AnsiReporter({
    title: "Title",
    color: "always",
    terminal: options.terminal,
    showLog: options.showLog,
    clock,
  });
  let state = INITIAL_STATE;
  const emit = (body: Record<string, unknown>) => {
    const event = { v: 2, t: clock.now(), ...body } as RunEvent;
    state = reduce(state, event);
    reporter.report(event, state);
  };
  const ref = { worker: 0, range: 0, attempt: 1 };
  const start = () => {
    emit({
      kind: "run-started",
      runId: "r",
      totalItems: 100,
      ranges: 1,
      numWorkers: 1,
      maxRetries: 0,
    });
    emit({ ...ref, kind: "attempt-started", startIndex: 0, endIndex: 100 });
  };
  const end = () => {
    emit({ ...ref, kind: "attempt-ended", status: "SUCCESS", progress: 100 });
    emit({
      ...ref,
      kind: "range-ended",
      status: "SUCCESS",
      startIndex: 0,
      endIndex: 100,
      nextIndex: 100,
    });
    emit({ kind: "run-ended" });
    return reporter.close();
  };
  return {
    clock,
    reporter,
    emit: (body: Record<string, unknown>) => emit({ ...ref, ...body }),
    start,
    end,
  };
}

Deno.test("AnsiReporter draws its first frame after 50 ms, and ten a second at most", async () => {
  using terminal = new ScreenTerminal(80, 24);
  const { clock, emit, start, end } = setUp({ terminal });
  start();
  await clock.advance(49);
  assertEquals(terminal.written, "");
  await clock.advance(1);
  assertEquals(terminal.written.split("\x1b[?2026h").length - 1, 1);
  terminal.written = "";
  for (let ms = 0; ms < 1000; ms += 5) {
    emit({ kind: "progress", done: ms / 10 });
    await clock.advance(5);
  }
  const frames = terminal.written.split("\x1b[?2026h").length - 1;
  // The first frame was large.
  assert(frames >= 8 && frames <= 10, `${frames} frames`);
  await end();
});

Deno.test("AnsiReporter writes little while only the seconds of its clock change", async () => {
  using terminal = new ScreenTerminal(80, 24);
  const { clock, start, end } = setUp({ terminal });
  start();
  await clock.advance(1000);
  terminal.written = "";
  await clock.advance(10_000);
  const frames = terminal.written.split("\x1b[?2026h").length - 1;
  assert(frames <= 10, `${frames} frames`);
  assert(terminal.written.length < 10 * 250, `${terminal.written.length} bytes`);
  await end();
});

Deno.test("AnsiReporter keeps one frame in flight and delays nothing while the terminal accepts no output", async () => {
  const screen = new ScreenTerminal(80, 24);
  using _screen = screen;
  let writes = 0;
  let release = Promise.withResolvers<void>();
  const terminal: Terminal = {
    size: () => screen.size(),
    onResize: () => ({ [Symbol.dispose]() {} }),
    writeSync: (text) => screen.writeSync(text),
    write: async (text) => {
      writes++;
      await release.promise;
      await screen.write(text);
    },
  };
  const { clock, emit, start, end } = setUp({ terminal });
  start();
  for (let second = 0; second < 20; second++) {
    emit({ kind: "progress", done: second });
    await clock.advance(1000);
  }
  assertEquals(writes, 1);
  release.resolve();
  await settle();
  release = Promise.withResolvers();
  release.resolve();
  await end();
  assertStringIncludes(
    screen.lines().join("\n"),
    "Title: 1 done of 1 range · 100 of 100 items done",
  );
});

Deno.test("AnsiReporter goes silent when the terminal was closed", async () => {
  let writes = 0;
  const terminal: Terminal = {
    size: () => ({ columns: 80, rows: 24 }),
    onResize: () => ({ [Symbol.dispose]() {} }),
    writeSync: () => {},
    write: () => {
      writes++;
      return Promise.reject(new Deno.errors.BrokenPipe());
    },
  };
  const { clock, emit, start, end } = setUp({ terminal });
  start();
  await clock.advance(1000);
  emit({ kind: "progress", done: 5 });
  await clock.advance(1000);
  await end();
  assertEquals(writes, 1);
});

Deno.test("print() rejects once the terminal takes nothing, also a line that is not complete", async () => {
  const terminal: Terminal = {
    size: () => ({ columns: 80, rows: 24 }),
    onResize: () => ({ [Symbol.dispose]() {} }),
    writeSync: () => {},
    write: () => Promise.reject(new Error("Input/output error")),
  };
  const { reporter, start, end } = setUp({ terminal });
  start();
  const print = (text: string) => reporter.print(new TextEncoder().encode(text));
  await print("waits for its end");
  await assertRejects(() => print(" and is lost\n"), Error, "Input/output error");
  await assertRejects(() => print("the same"), Error, "Input/output error");
  // The run tells that what was drawn is lost.
  await assertRejects(end, Error, "Input/output error");
});

Deno.test("AnsiReporter follows the size of the terminal", async () => {
  using terminal = new ScreenTerminal(80, 24);
  const { clock, start, end } = setUp({ terminal });
  start();
  await clock.advance(300);
  for (
    const [columns, rows] of [[50, 24], [30, 24], [120, 8], [20, 3], [10, 2], [1, 1], [
      100,
      30,
    ]] as const
  ) {
    terminal.resize(columns, rows);
    await clock.advance(200);
  }
  const lines = terminal.lines().slice(-8);
  assertStringIncludes(lines.join("\n"), "╭ worker 0 ─");
  await end();
});

Deno.test("AnsiReporter draws a second run like the first one", async () => {
  using terminal = new ScreenTerminal(80, 24);
  const { clock, start, end } = setUp({ terminal });
  for (let run = 0; run < 2; run++) {
    start();
    await clock.advance(300);
    assertStringIncludes(terminal.lines().join("\n"), "╭ worker 0 ─");
    await end();
    assert(!terminal.lines().join("\n").includes("╭"));
  }
});

Deno.test("abandon() restores the terminal at once and writes nothing more", async () => {
  using terminal = new ScreenTerminal(80, 24);
  const { clock, reporter, start, end } = setUp({ terminal });
  start();
  await clock.advance(300);
  assert((await terminal.modes()).cursorHidden);
  reporter.abandon();
  assertEquals((await terminal.modes()).cursorHidden, false);
  terminal.written = "";
  await clock.advance(1000);
  await end();
  assertEquals(terminal.written, "");
});

Deno.test("showLog prints log lines above the frame, to stay in the scrollback; a flood is counted", async () => {
  using terminal = new ScreenTerminal(60, 12);
  const { clock, emit, start, end } = setUp({ terminal, showLog: true });
  start();
  for (let frame = 0; frame < 30; frame++) {
    emit({ kind: "log", lines: [`line ${frame}`, "x".repeat(100)] });
    await clock.advance(250);
  }
  emit({ kind: "log", lines: Array.from({ length: 500 }, (_, index) => `flood ${index}`) });
  await clock.advance(250);
  const lines = terminal.lines();
  const logged = lines.filter((line) => line.startsWith("range 0 │ line "));
  assertEquals(logged, Array.from({ length: 30 }, (_, index) => `range 0 │ line ${index}`));
  assertEquals(lines.filter((line) => line.startsWith("range 0 │ flood")).length, 100);
  assertEquals(lines.filter((line) => line === "… 400 lines left out").length, 1);
  assertEquals(lines.filter((line) => line.startsWith("Title ")).length, 1, lines.join("\n"));
  await end();
  assertEquals(terminal.lines().filter((line) => line.startsWith("Title: ")).length, 1);
});

Deno.test("a failure and a warning are printed above the frame at once", async () => {
  using terminal = new ScreenTerminal(80, 24);
  const { clock, emit, start } = setUp({ terminal });
  start();
  await clock.advance(250);
  emit({ kind: "warning", text: "the disk is full" });
  const range = { startIndex: 0, endIndex: 100, nextIndex: 0 };
  emit({ kind: "range-ended", status: "CRASHED", cause: { kind: "exit", code: 3 }, ...range });
  await clock.advance(250);
  assertEquals(terminal.lines().slice(0, 2), [
    "! the disk is full",
    "CRASHED items 0–99 after 1 attempt: exit code 3",
  ]);
});

Deno.test("before the first item, nothing is drawn but warnings: fzf may have the terminal until then", async () => {
  using terminal = new ScreenTerminal(80, 24);
  const { clock, emit, end } = setUp({ terminal });
  const counts = { totalItems: 0, ranges: 0, items: "uncounted" };
  emit({ kind: "run-started", runId: "r", ...counts, numWorkers: 1, maxRetries: 0 });
  await clock.advance(5_000);
  assertEquals(terminal.written, "");
  emit({ kind: "warning", text: "stdin is slow" });
  await clock.advance(1_000);
  await terminal.write("");
  assertEquals(terminal.lines(), ["! stdin is slow"]);
  emit({ kind: "items-read", totalItems: 100, ranges: 1, isComplete: false });
  emit({ kind: "attempt-started", startIndex: 0, endIndex: 100 });
  await clock.advance(2_000);
  await terminal.write("");
  assertStringIncludes(terminal.lines().join("\n"), "╭ worker 0 ─");
  assertEquals(terminal.lines()[0], "! stdin is slow");
  await end();
});
