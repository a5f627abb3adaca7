/**
 * Table of results: judges rows by their targets, and prints them.
 *
 * @module
 */
import type { Figures, Row, Target } from "./bench.ts";

/** A row with its results: medians, and their ratio if there is a peer. */
export interface Result {
  readonly bench: string;
  readonly what: string;
  /** How often ours was run. */
  readonly runs: number;
  readonly unit: string;
  readonly peer?: string;
  readonly ours: number;
  /** Absent if the row has no peer, or the peer is not installed. */
  readonly theirs?: number;
  readonly ratio?: number;
  readonly target?: Target;
  /** Absent if it could not be judged. */
  readonly met?: boolean;
}

/** Computes the medians of a row from the runs of each contestant, and judges them. */
export function judge(
  { figure, ...row }: Row,
  { bench, runs }: { bench: string; runs: ReadonlyMap<string, readonly Figures[]> },
): Result {
  const count = runs.get("ours")!.length;
  const medianOf = (name: string) => {
    const figures = runs.get(name)?.map((run) => run[figure]!);
    return figures && median(figures);
  };
  const ours = medianOf("ours")!;
  const theirs = row.peer === undefined ? undefined : medianOf(row.peer);
  const ratio = theirs === undefined ? undefined : ours / theirs;
  const measured = row.peer === undefined ? ours : ratio;
  return { bench, ...row, runs: count, ours, theirs, ratio, met: isMet(measured, row.target) };
}

function isMet(measured: number | undefined, target: Target | undefined): boolean | undefined {
  if (measured === undefined || target === undefined) return undefined;
  return "atLeast" in target ? measured >= target.atLeast : measured <= target.atMost;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

const HEAD = ["bench", "what", "runs", "unit", "ours", "peer", "theirs", "ratio", "target", "met"];
const NUMBERS = new Set(["runs", "ours", "theirs", "ratio", "target"]);

/** Formats the table as text. */
export function drawTable(results: readonly Result[]): string {
  const lines = [HEAD, ...results.map(cells)];
  const widths = HEAD.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)));
  return lines.map((line) =>
    line.map((cell, column) =>
      NUMBERS.has(HEAD[column]!) ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!)
    ).join("  ").trimEnd()
  ).join("\n");
}

function cells(
  { bench, what, runs, unit, peer, ours, theirs, ratio, target, met }: Result,
): string[] {
  const isMissing = peer !== undefined && theirs === undefined;
  return [
    bench,
    what,
    `${runs}`,
    unit,
    show(ours),
    peer ?? "",
    isMissing ? "missing" : show(theirs),
    show(ratio),
    target === undefined ? "" : "atLeast" in target ? `≥ ${target.atLeast}` : `≤ ${target.atMost}`,
    met === undefined ? "" : met ? "yes" : "NO",
  ];
}

function show(value: number | undefined): string {
  if (value === undefined) return "";
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
