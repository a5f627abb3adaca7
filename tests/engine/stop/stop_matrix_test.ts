// A run that is stopped, by everything that can stop it, once and twice, whatever its worker is doing: see the table.
import type { StopSignal } from "@lambdawaker/executor";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { countFailed } from "../../../src/model/statuses.ts";
import { type StopCell, type StopResult, stopRun } from "../../fixtures/stopped_run.ts";
import { needs, POSIX, testWith } from "../../helpers/needs.ts";
import { assertNoneLeft } from "../../helpers/processes.ts";
import {
  ASKED,
  type Asked,
  CAUSES,
  CODES,
  IMPOSSIBLE,
  type Row,
  SHORT,
  STATES,
  STOP_MATRIX,
} from "./stop_matrix.ts";

const FIXTURE = new URL("../../fixtures/stopped_run.ts", import.meta.url).pathname;
/** By then every cell is over, however busy the machine: long before the long grace period. */
const DEADLINE_MS = 20_000;
/** A SIGKILL of the system's, and the clock's rounding. */
const SLACK_MS = 5;

const HIDE = "\x1b[?25l";
const SHOW = "\x1b[?25h";
const BEGIN_UPDATE = "\x1b[?2026h";
const END_UPDATE = "\x1b[?2026l";

/** Holds against the grid's bytes that they leave the terminal as they found it, with a summary in it. */
function assertRestored(written: string, summary: string): void {
  const shown = written.lastIndexOf(SHOW);
  assert(written.includes(HIDE), "a frame was drawn");
  assert(shown > written.lastIndexOf(HIDE), "the cursor is shown");
  assert(written.lastIndexOf(END_UPDATE) > written.lastIndexOf(BEGIN_UPDATE), "no update is open");
  assertStringIncludes(written.slice(shown), summary);
}

/** Runs a cell in a process of its own, as what stops it is a signal, and holds its end against what a shell is to see. */
async function runProgram(
  cell: StopCell,
  { folder, signal }: { folder: string; signal: StopSignal },
): Promise<StopResult> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", FIXTURE, JSON.stringify(cell), folder],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const deadline = setTimeout(() => child.kill("SIGKILL"), DEADLINE_MS);
  const output = await child.output();
  clearTimeout(deadline);
  const [written, result] = [output.stdout, output.stderr].map((bytes) =>
    new TextDecoder().decode(bytes)
  );
  assertEquals([output.signal, output.code], [signal, CODES[signal]], result);
  assertRestored(written!, `stopped by ${signal}`);
  return JSON.parse(result!);
}

async function runHere(cell: StopCell, folder: string): Promise<StopResult> {
  const late = Promise.withResolvers<never>();
  const deadline = setTimeout(() => late.reject(new Error("it does not end")), DEADLINE_MS);
  try {
    return await Promise.race([stopRun(cell, { folder }), late.promise]);
  } finally {
    clearTimeout(deadline);
  }
}

/** Holds what came of a cell against its row. */
function check(result: StopResult, row: Row, { requests, levels }: Asked): void {
  const [state, , status, why, isDone, exit, forcedKills, company, grace] = row;
  const { summary, ends, tookMs, files } = result;
  const cause = CAUSES[requests[0]];
  assertEquals(
    ends.map((end) => [end.status, end.cause, end.exit]),
    [[
      status,
      why,
      exit === undefined
        ? undefined
        : typeof exit === "number"
        ? { kind: "exited", code: exit }
        : { kind: "signaled", signal: exit },
    ]],
  );
  const halts = requests.filter((request) => request === "halt kill").length;
  const others = (company ? 1 : 0) + halts;
  const ok = isDone && others === 0;
  assertEquals([summary.ok, summary.doneItems], [ok, isDone ? 1 : 0]);
  assertEquals(summary.exitCode, cause.kind === "signal" ? CODES[cause.signal] : ok ? 0 : 1);
  // Only what halts the run fails; all others are stopped.
  assertEquals([summary.failures.length, countFailed(summary.counts)], [halts, halts]);
  assertEquals(summary.stopped, (company ? 1 : 0) + (isDone ? 0 : 1));
  assertEquals(
    [summary.attempts, summary.retries],
    [others + 1, 0],
    "what is stopped is not retried",
  );
  assertEquals([summary.stoppedBy, result.levels], [cause, levels]);
  assertEquals(summary.forcedKills, forcedKills);
  if (grace === SHORT) assert(tookMs >= SHORT - SLACK_MS, `killed after ${tookMs} ms`);
  if (!state.startsWith("obeys")) return;
  const got = cause.kind === "signal" ? cause.signal : "SIGTERM";
  assertEquals(files.filter((name) => name.startsWith("got")), [`got-${got}`]);
}

async function runCell(row: Row, asked: Asked): Promise<void> {
  const [state, , , , , , , company, grace] = row;
  const { requests } = asked;
  const cause = CAUSES[requests[0]];
  const cell = { state, requests, company, grace };
  const folder = await Deno.makeTempDir();
  try {
    const result = cause.kind === "signal"
      ? await runProgram(cell, { folder, signal: cause.signal })
      : await runHere(cell, folder);
    check(result, row, asked);
    assertNoneLeft(folder);
    assertNoneLeft(result.summary.runId);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function howOften({ requests, levels }: Asked): Row[1] {
  if (requests.length === 1) return "once";
  return levels.length === 1 ? "twice, not by signals" : "twice, by signals";
}

for (const asked of ASKED) {
  testWith(`stopped by ${asked.requests.join(", then ")}`, needs(POSIX, "setsid"), async (t) => {
    const rows = STOP_MATRIX.filter(([, by]) => by === howOften(asked));
    // Cells run at once, and each would see what the others have open; the test as a whole looks for it.
    const sanitize = { sanitizeOps: false, sanitizeResources: false, sanitizeExit: false };
    const steps = rows.map((row) =>
      t.step({ name: `a worker: ${row[0]}`, ...sanitize, fn: () => runCell(row, asked) })
    );
    await Promise.all(steps);
  });
}

Deno.test("every request is asked for once and twice, unless twice is impossible", () => {
  const asked = [...ASKED, ...IMPOSSIBLE].map(({ requests }) => requests.join(", then "));
  const wanted = Object.keys(CAUSES).flatMap((cause) => [cause, `${cause}, then ${cause}`]);
  for (const requests of wanted) assert(asked.includes(requests), requests);
});

Deno.test("the table of stops has a row for every state, and every way to be asked", () => {
  const ways = Array.from(new Set(ASKED.map(howOften)));
  const wanted = Object.keys(STATES).flatMap((state) => ways.map((by) => `${state}, ${by}`));
  assertEquals(STOP_MATRIX.map(([state, by]) => `${state}, ${by}`).toSorted(), wanted.toSorted());
});
