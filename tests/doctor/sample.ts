import { assert, assertEquals, assertMatch } from "@std/assert";
import { diagnose } from "../../src/doctor/diagnose.ts";
import type { Finding, Level } from "../../src/doctor/finding.ts";
import { noCounts } from "../../src/doctor/observation.ts";
import type { SignalPrefix } from "../../src/model/protocol.ts";
import type {
  Example,
  LineSummary,
  Observation,
  ProgressFacts,
  StreamFacts,
} from "../../src/doctor/observation.ts";
import { drawReport } from "../../src/doctor/findings_report.ts";
import { rowWidth } from "../../src/terminal/style.ts";

export function lines(
  counts: Partial<Record<SignalPrefix, number>> = {},
  examples: Example[] = [],
): LineSummary {
  return { counts: { ...noCounts(), ...counts }, examples };
}

export function progress(
  first: number,
  last: number,
  facts: Partial<ProgressFacts> = {},
): ProgressFacts {
  const [min, max] = [Math.min(first, last), Math.max(first, last)];
  return { first, last, min, max, backwards: 0, ...facts };
}

export const NO_OUTPUT: StreamFacts = {
  lines: 0,
  signals: lines(),
  malformed: lines(),
  nearMisses: lines(),
  droppedBytes: 0,
  replaced: 0,
};
export const GOOD_OUTPUT: StreamFacts = {
  ...NO_OUTPUT,
  lines: 12,
  signals: lines({ PROGRESS: 10, STATUS: 1, MESSAGE: 1 }),
  progress: progress(1, 10),
  reportedStatus: "SUCCESS",
};
export const EARLY = {
  chunks: 12,
  blocks: 0,
  signals: { early: 10, late: 2 },
  late: { chunks: 2, bytes: 30 },
};
export const IN_ONE_PIECE = {
  chunks: 1,
  blocks: 0,
  signals: { early: 0, late: 12 },
  late: { chunks: 1, bytes: 150 },
};

/** An observation of a good worker. */
export const GOOD: Observation = {
  template: ["./worker", "{start}", "{end}"],
  argv: ["./worker", "10", "20"],
  range: { startIndex: 10, endIndex: 20, totalItems: 20 },
  status: "SUCCESS",
  exit: { kind: "exited", code: 0 },
  durationMs: 2_000,
  stdout: GOOD_OUTPUT,
  stderr: NO_OUTPUT,
  arrivals: EARLY,
  displays: {},
  leaked: false,
  warnings: [],
  log: [],
  stop: { kind: "ended", afterMs: 12 },
};

/** Changes the observation to a worker that exited with a code. */
export function exited(
  code: number,
  reportedStatus?: StreamFacts["reportedStatus"],
): Partial<Observation> {
  const exit = { kind: "exited", code } as const;
  const cause = { kind: "exit", code } as const;
  const status = reportedStatus === "CRASHED" ? "CRASHED" : "FAILED";
  return { status, cause, exit, stdout: { ...GOOD_OUTPUT, reportedStatus } };
}

export interface Row {
  name: string;
  seen: Partial<Observation>;
  level: Level;
  title: RegExp;
  advice?: RegExp;
}

const text = ({ advice }: Finding) =>
  advice.map((piece) => piece.kind === "text" ? piece.text : piece.line).join("\n");

export const stdout = (facts: Partial<StreamFacts>): Partial<Observation> => ({
  stdout: { ...GOOD_OUTPUT, ...facts },
});
export const command = (...template: string[]): Partial<Observation> => ({
  template,
  argv: template,
});

/** Registers a test per row, which also checks the width of the report. */
export function testRows(rows: readonly Row[]): void {
  for (const { name, seen, level, title, advice } of rows) {
    Deno.test(`a worker that ${name}: ${level}`, () => {
      const observation = { ...GOOD, ...seen };
      const findings = diagnose(observation);
      const found = findings.find((finding) => title.test(finding.title));
      assert(found, findings.map((finding) => finding.title).join("\n"));
      assertEquals(found.level, level);
      if (advice !== undefined) assertMatch(text(found), advice);
      for (const width of [40, 80]) {
        for (const row of drawReport(observation, { findings, width })) {
          assert(rowWidth(row) <= width, row.map(({ text }) => text).join(""));
        }
      }
    });
  }
}
