// The table of outcomes, cell by cell.
import { assertEquals } from "@std/assert";
import type { Cause, ProcessExit } from "../../src/model/cause.ts";
import { decideOutcome, type EndedBy, type ProcessEnd } from "../../src/model/outcome.ts";
import type { AttemptEndStatus, TerminalStatus } from "../../src/model/statuses.ts";

const code = (code: number): ProcessExit => ({ kind: "exited", code });
const segv: ProcessExit = { kind: "signaled", signal: "SIGSEGV" };
const lost: ProcessExit = { kind: "lost", reason: "no word from n2" };
const unlaunched: ProcessExit = { kind: "launch-failed", reason: "no such node" };
const missing: ProcessExit = { kind: "launch-failed", reason: "not found", permanent: true };
const NONE = undefined;
const SAID = ["SUCCESS", "FINISHED", "FAILED", "CRASHED", NONE] as const;

const EXIT_3: Cause = { kind: "exit", code: 3 };
const SIGSEGV: Cause = { kind: "signal", signal: "SIGSEGV" };
const TIMEOUT: EndedBy = { kind: "timeout" };
const STALL: EndedBy = { kind: "stall" };
const SLOW: EndedBy = { kind: "slow" };
const STOPPED: EndedBy = { kind: "stopped" };
const CANCELLED: EndedBy = { kind: "cancelled" };
const OUTPUT_LOST: EndedBy & { kind: "output-lost" } = {
  kind: "output-lost",
  message: "disk full",
};
const FAULT: EndedBy = { kind: "fault", message: "no protocol" };
const LOST: Cause = { kind: "lost", message: "no word from n2" };

type Row = [
  exit: ProcessExit | undefined,
  said: TerminalStatus | undefined,
  endedBy: EndedBy | undefined,
  status: AttemptEndStatus,
  cause?: Cause,
];

const TABLE: Row[] = [
  [code(0), NONE, NONE, "SUCCESS"],
  [code(0), "SUCCESS", NONE, "SUCCESS"],
  [code(0), "FINISHED", NONE, "FINISHED"],
  [code(0), "FAILED", NONE, "FAILED", { kind: "reported", status: "FAILED" }],
  [code(0), "CRASHED", NONE, "CRASHED", { kind: "reported", status: "CRASHED" }],
  [code(3), "CRASHED", NONE, "CRASHED", EXIT_3],
  [code(3), "FAILED", NONE, "FAILED", EXIT_3],
  [code(3), "SUCCESS", NONE, "FAILED", EXIT_3],
  [code(3), "FINISHED", NONE, "FAILED", EXIT_3],
  [code(3), NONE, NONE, "FAILED", EXIT_3],
  // Asked to stop, it had done its work.
  [code(0), "SUCCESS", STOPPED, "SUCCESS"],
  ...SAID.filter((said) => said !== "SUCCESS").map((said): Row => [
    ...[code(0), said, STOPPED] as const,
    ...["PENDING", STOPPED] as const,
  ]),
  ...SAID.flatMap((said): Row[] => [
    [segv, said, NONE, "CRASHED", SIGSEGV],
    ...[TIMEOUT, STALL, SLOW, OUTPUT_LOST, FAULT].flatMap((endedBy): Row[] => [
      [segv, said, endedBy, "CRASHED", endedBy],
      [code(0), said, endedBy, "CRASHED", endedBy],
      [code(3), said, endedBy, "CRASHED", endedBy],
      [lost, said, endedBy, "CRASHED", endedBy],
      [NONE, said, endedBy, "CRASHED", endedBy],
    ]),
    [code(3), said, STOPPED, "PENDING", STOPPED],
    [segv, said, STOPPED, "PENDING", STOPPED],
    [lost, said, STOPPED, "PENDING", STOPPED],
    [unlaunched, said, STOPPED, "PENDING", STOPPED],
    [NONE, said, STOPPED, "PENDING", STOPPED],
    [code(0), said, CANCELLED, "FAILED", CANCELLED],
    [segv, said, CANCELLED, "FAILED", CANCELLED],
    [lost, said, NONE, "CRASHED", LOST],
    [unlaunched, said, NONE, "CRASHED", { kind: "launch", message: "no such node" }],
    [missing, said, NONE, "CRASHED", { kind: "launch", message: "not found", permanent: true }],
    [NONE, said, NONE, "CRASHED", { kind: "lost", message: "it could not be ended" }],
  ]),
];

function outcome(end: Partial<ProcessEnd>): { status: AttemptEndStatus; cause?: Cause } {
  return {
    cause: undefined,
    ...decideOutcome({ exit: NONE, isAllSafe: false, ...end }),
  };
}

for (const [exit, reported, endedBy, status, cause] of TABLE) {
  const ended = JSON.stringify(exit) ?? "nothing seen";
  const by = endedBy?.kind ?? "by itself";
  Deno.test(`decideOutcome() of ${ended}, ${reported ?? "nothing"} reported, ${by}`, () => {
    assertEquals(outcome({ exit, reported, endedBy }), { status, cause });
  });
}

Deno.test("decideOutcome() of an incomplete range is FAILED only where it would be done", () => {
  const incomplete = { kind: "incomplete", done: 9, total: 10 } as const;
  const failed = { status: "FAILED", cause: incomplete } as const;
  for (const reported of ["SUCCESS", "FINISHED", NONE] as const) {
    assertEquals(outcome({ incomplete, exit: code(0), reported }), failed);
  }
  assertEquals(outcome({ incomplete, exit: code(3) }).cause, EXIT_3);
  assertEquals(outcome({ incomplete, exit: segv }).cause, SIGSEGV);
  const stopped = outcome({ incomplete, exit: code(0), reported: "SUCCESS", endedBy: STOPPED });
  assertEquals(stopped, { status: "PENDING", cause: STOPPED });
});

Deno.test("decideOutcome() finishes a range whose last checkpoint is its end, however it ended then", () => {
  const ends: [Partial<ProcessEnd>, Cause][] = [
    [{ exit: code(3) }, EXIT_3],
    [{ exit: segv }, SIGSEGV],
    [{ exit: lost }, LOST],
    [{ exit: segv, endedBy: TIMEOUT }, TIMEOUT],
    [{ exit: segv, endedBy: STALL }, STALL],
  ];
  for (const [end, cause] of ends) {
    for (const reported of ["SUCCESS", "FINISHED", "CRASHED", NONE] as const) {
      const finished = { status: "FINISHED", cause } as const;
      assertEquals(outcome({ ...end, reported, isAllSafe: true }), finished);
    }
    assertEquals(outcome({ ...end, reported: "FAILED", isAllSafe: true }).cause, cause);
    const { status } = outcome({ ...end, reported: "FAILED", isAllSafe: true });
    assertEquals(status, cause === EXIT_3 ? "FAILED" : "CRASHED");
  }
  const reported = { kind: "reported", status: "CRASHED" } as const;
  assertEquals(outcome({ exit: code(0), reported: "CRASHED", isAllSafe: true }), {
    status: "FINISHED",
    cause: reported,
  });
  assertEquals(outcome({ exit: code(0), reported: "FAILED", isAllSafe: true }).status, "FAILED");
});

Deno.test("decideOutcome() finishes no range that lost output, was stopped, or was cancelled", () => {
  const end = { exit: segv, isAllSafe: true };
  assertEquals(outcome({ ...end, lostOutput: OUTPUT_LOST }).status, "CRASHED");
  assertEquals(outcome({ ...end, endedBy: TIMEOUT, lostOutput: OUTPUT_LOST }).status, "CRASHED");
  assertEquals(outcome({ ...end, endedBy: STOPPED }), { status: "PENDING", cause: STOPPED });
  assertEquals(outcome({ ...end, endedBy: CANCELLED }), { status: "FAILED", cause: CANCELLED });
});

Deno.test("decideOutcome() does not call a range done whose output was lost", () => {
  const cause: Cause = OUTPUT_LOST;
  const end = { exit: code(0), reported: "SUCCESS", lostOutput: OUTPUT_LOST } as const;
  assertEquals(outcome(end), { status: "CRASHED", cause });
  assertEquals(outcome({ ...end, endedBy: STOPPED }), { status: "PENDING", cause });
});

Deno.test("decideOutcome() names the node of a lost process, and the fault of a protocol", () => {
  assertEquals(outcome({ exit: lost, node: "n2" }).cause, { ...LOST, node: "n2" });
  assertEquals(outcome({ exit: code(0), fault: "no protocol" }), {
    status: "CRASHED",
    cause: FAULT,
  });
});

Deno.test("decideOutcome() trusts nothing about a process whose launcher has failed, even if it was stopped", () => {
  const crashed = {
    status: "CRASHED",
    cause: { kind: "fault", message: "kill() failed" },
  } as const;
  for (const endedBy of [NONE, STOPPED, TIMEOUT, CANCELLED]) {
    for (const exit of [NONE, code(0), segv]) {
      const end = { exit, endedBy, processFault: "kill() failed", isAllSafe: true };
      assertEquals(outcome(end), crashed);
    }
  }
});

Deno.test("decideOutcome() of a process that the kernel has killed for want of memory is CRASHED, if nothing else ended it", () => {
  const cause = { kind: "out-of-memory", by: "kernel" } as const;
  const killed: ProcessExit = { kind: "signaled", signal: "SIGKILL" };
  const end = { memoryKill: cause };
  assertEquals(outcome({ ...end, exit: killed }), { status: "CRASHED", cause });
  assertEquals(outcome({ ...end, exit: code(137) }), { status: "CRASHED", cause });
  assertEquals(outcome({ ...end, exit: killed, isAllSafe: true }).status, "FINISHED");
  assertEquals(outcome({ ...end, exit: killed, endedBy: TIMEOUT }).cause, TIMEOUT);
  assertEquals(outcome({ ...end, exit: killed, endedBy: STOPPED }).status, "PENDING");
});

Deno.test("decideOutcome() of a process that was ended at its limit of memory is CRASHED", () => {
  const cause = { kind: "out-of-memory", by: "limit", limit: 5 } as const;
  for (const exit of [code(0), segv]) {
    const end = { exit, endedBy: cause, reported: "SUCCESS" } as const;
    assertEquals(outcome(end), { status: "CRASHED", cause });
  }
});
