// One test for each row of the crash matrix, alone and among healthy workers.
import type { Clock, RunEvent } from "@lambdawaker/executor";
import { systemClock } from "../../src/base/clock.ts";
import { assertEquals } from "@std/assert";
import {
  type Break,
  BREAKS,
  CRASH_MATRIX,
  type Fault,
  HEALTHY_WORKERS,
  HOUR,
  MOMENTS,
  type Row,
} from "./crash_matrix.ts";
import { assertNoneLeft, until } from "../helpers/processes.ts";
import { type JobResult, ofKind, runJob } from "../helpers/run_job.ts";

const ITEMS = 10;
/** Waits until somebody writes to a fifo. Sixty workers that look for a file at times would keep both processors busy. */
const HEALTHY = `: < $0/go; echo PROGRESS: ${ITEMS}; echo STATUS: SUCCESS`;
/** A cell that takes longer is stopped and fails. */
const DEADLINE_MS = 20_000;

/** A step that is short enough to be no gap, in milliseconds. */
const STEP_MS = 250;

/** The system clock, with timers of an hour that fire when the test skips it. */
class HourClock implements Clock {
  #skipped = 0;
  readonly #waiting = new Set<() => void>();
  /** The other timers, with their times. */
  readonly #short = new Map<() => void, number>();

  now(): number {
    return systemClock.now() + this.#skipped;
  }

  after(ms: number, callback: () => void): Disposable {
    if (ms >= HOUR) {
      this.#waiting.add(callback);
      return { [Symbol.dispose]: () => this.#waiting.delete(callback) };
    }
    const timer = systemClock.after(ms, () => ring());
    const ring = () => {
      timer[Symbol.dispose]();
      if (this.#short.delete(ring)) callback();
    };
    this.#short.set(ring, this.now() + ms);
    return {
      [Symbol.dispose]: () => {
        timer[Symbol.dispose]();
        this.#short.delete(ring);
      },
    };
  }

  /** Skips the hour in steps: time that passes at once is a gap, for which nobody is charged. */
  skipHour(): void {
    for (let left = HOUR; left > 0; left -= STEP_MS) {
      this.#skipped += STEP_MS;
      for (const [ring, at] of Array.from(this.#short)) if (at <= this.now()) ring();
    }
    const due = [...this.#waiting];
    this.#waiting.clear();
    for (const callback of due) callback();
  }
}

/** Runs a worker with a fault. The healthy ones wait until the fault has happened. */
async function runCell(
  { script, hangs, config }: Break,
  { folder, healthy, progress }: { folder: string; healthy: number; progress: number },
): Promise<JobResult> {
  const go = `${folder}/go`;
  assertEquals((await new Deno.Command("mkfifo", { args: [go] }).output()).code, 0);
  const clock = new HourClock();
  const control = new AbortController();
  const deadline = setTimeout(() => control.abort(), DEADLINE_MS);
  const broken = healthy >> 1;
  const ended = new Set<number>();
  let reached = 0;
  const onEvent = (event: RunEvent) => {
    if (event.kind === "range-ended") ended.add(event.range);
    if (event.kind === "progress" && event.range === broken) reached = event.done;
  };
  const running = runJob(
    {
      totalItems: ITEMS * (healthy + 1),
      numWorkers: healthy + 1,
      retryFrom: "checkpoint",
      ...config,
    },
    ({ index }) => ["sh", "-c", index === broken ? script : HEALTHY, folder],
    { clock, onEvent, signal: control.signal },
  );
  try {
    const isHanging = () => Array.from(Deno.readDirSync(folder)).some((f) => f.name === "hangs");
    await until(hangs ? isHanging : () => ended.has(broken), "the fault has happened");
    using _writer = await Deno.open(go, { read: true, write: true });
    if (hangs) {
      await until(() => ended.size === healthy, "the healthy workers have ended");
      await until(() => reached === progress, "what the broken one has said is read");
      clock.skipHour();
    }
    return await running;
  } finally {
    control.abort();
    await running;
    clearTimeout(deadline);
  }
}

/** Compares a run with its row. */
function check(result: JobResult, row: Row, healthy: number): void {
  const [, , status, cause, exit, progress, leaked, forcedKills] = row;
  const { summary } = result;
  const broken = healthy >> 1;
  const [ends, others] = [true, false].map((isBroken) =>
    ofKind(result, "attempt-ended").filter(({ range }) => (range === broken) === isBroken)
  );
  const isDone = status === "SUCCESS" || status === "FINISHED";
  assertEquals(summary.stoppedBy, undefined, "the run ended in time");
  assertEquals(
    ends!.map((end) => [end.status, end.cause, end.exit, end.progress]),
    [[
      status,
      cause,
      typeof exit === "number"
        ? { kind: "exited", code: exit }
        : { kind: "signaled", signal: exit },
      progress,
    ]],
  );
  assertEquals(
    others!.map((end) => [end.status, end.exit, end.progress]),
    Array(healthy).fill(["SUCCESS", { kind: "exited", code: 0 }, ITEMS]),
  );
  assertEquals(
    [summary.ok, summary.attempts, summary.doneItems, summary.leaked, summary.forcedKills],
    [isDone, healthy + 1, ITEMS * healthy + (isDone ? ITEMS : progress), leaked, forcedKills],
  );
  assertEquals(
    summary.failures.map((failure) => [failure.range, failure.status, failure.cause]),
    isDone ? [] : [[broken, status, cause]],
  );
}

for (const fault of Object.keys(BREAKS) as Fault[]) {
  const rows = CRASH_MATRIX.filter((row) => row[0] === fault);
  const cells = HEALTHY_WORKERS.flatMap((healthy) => rows.map((row) => ({ row, healthy })));

  Deno.test(`crash: ${fault}`, async (t) => {
    const step = ({ row, healthy }: typeof cells[number]) =>
      t.step({
        name: `${row[1]}, ${healthy ? `among ${healthy + 1}` : "alone"}`,
        // Cells run at the same time and would see the resources of each other; the test as a whole is sanitized.
        sanitizeOps: false,
        sanitizeResources: false,
        sanitizeExit: false,
        fn: async () => {
          const folder = await Deno.makeTempDir();
          try {
            const { config, hangs, script }: Break = BREAKS[fault];
            const broken = { config, hangs, script: `${MOMENTS[row[1]]}; ${script}` };
            const result = await runCell(broken, { folder, healthy, progress: row[5] });
            check(result, row, healthy);
            assertNoneLeft(folder);
            assertNoneLeft(result.summary.runId);
          } finally {
            await Deno.remove(folder, { recursive: true });
          }
        },
      });
    await Promise.all(cells.map(step));
  });
}

Deno.test("the crash matrix has one row for each fault and moment", () => {
  const wanted = Object.keys(BREAKS).flatMap((fault) =>
    Object.keys(MOMENTS).map((moment) => `${fault}, ${moment}`)
  );
  assertEquals(CRASH_MATRIX.map(([fault, moment]) => `${fault}, ${moment}`), wanted);
});
