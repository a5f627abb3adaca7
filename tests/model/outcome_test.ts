import { assertEquals } from "@std/assert";
import type { ProcessExit } from "../../src/model/events.ts";
import type { TerminalStatus } from "../../src/model/statuses.ts";
import { decideOutcome, type EndedBy } from "../../src/model/outcome.ts";

const code = (code: number): ProcessExit => ({ kind: "exited", code });
const segv: ProcessExit = { kind: "signaled", signal: "SIGSEGV" };
const lost: ProcessExit = { kind: "lost", reason: "no word from n2" };
const unlaunched: ProcessExit = { kind: "launch-failed", reason: "no such node" };
const NONE = undefined;
type Row = [ProcessExit, TerminalStatus | undefined, EndedBy | undefined, TerminalStatus, string?];

const TABLE: Row[] = [
  [code(0), "SUCCESS", NONE, "SUCCESS"],
  [code(0), NONE, NONE, "FINISHED"],
  [code(0), "FINISHED", NONE, "FINISHED"],
  [code(0), "FAILED", NONE, "FAILED", "said FAILED"],
  [code(0), "CRASHED", NONE, "CRASHED", "said CRASHED"],
  [code(3), "FAILED", NONE, "FAILED", "exit code 3"],
  [code(3), "SUCCESS", NONE, "CRASHED", "exit code 3"],
  [code(3), "FINISHED", NONE, "CRASHED", "exit code 3"],
  [code(3), "CRASHED", NONE, "CRASHED", "exit code 3"],
  [code(3), NONE, NONE, "CRASHED", "exit code 3"],
  ...(["SUCCESS", "FINISHED", "FAILED", "CRASHED", NONE] as const).flatMap((said): Row[] => [
    [segv, said, NONE, "CRASHED", "signal SIGSEGV"],
    [segv, said, "timeout", "CRASHED", "timeout"],
    [code(0), said, "timeout", "CRASHED", "timeout"],
    [code(0), said, "stalled", "CRASHED", "stalled"],
    [code(0), said, "stopped", "FAILED", "stopped"],
    [segv, said, "stopped", "FAILED", "stopped"],
    [lost, said, NONE, "CRASHED", "lost: no word from n2"],
    [lost, said, "timeout", "CRASHED", "timeout"],
    [unlaunched, said, NONE, "CRASHED", "no such node"],
    [unlaunched, said, "stopped", "FAILED", "stopped"],
  ]),
];

for (const [exit, said, endedBy, status, reason] of TABLE) {
  const ended = JSON.stringify(exit);
  Deno.test(`decideOutcome() of ${ended}, ${said ?? "nothing"} said, ${endedBy ?? "by itself"}`, () => {
    const outcome = decideOutcome({ exit, reported: said, endedBy, incomplete: false });
    assertEquals({ reason: undefined, ...outcome }, { status, reason });
  });
}

Deno.test("decideOutcome() of an incomplete range is FAILED only where it would be done", () => {
  const end = { endedBy: undefined, incomplete: true };
  const failed = { status: "FAILED", reason: "incomplete" } as const;
  assertEquals(decideOutcome({ ...end, exit: code(0), reported: "SUCCESS" }), failed);
  assertEquals(decideOutcome({ ...end, exit: code(0), reported: undefined }), failed);
  assertEquals(decideOutcome({ ...end, exit: code(3), reported: undefined }).status, "CRASHED");
});
