/**
 * Findings of the doctor, with advice.
 *
 * @module
 */

/** The level of a finding: a problem (the grid is wrong, or work is not done), a note, or good news. */
export type Level = "problem" | "note" | "ok";

/** A piece of advice. */
export type Advice =
  | { readonly kind: "text"; readonly text: string }
  /** A line to type, unchanged. */
  | { readonly kind: "code"; readonly line: string }
  /** A line that the worker printed. */
  | { readonly kind: "printed"; readonly line: string };

/** One finding, with advice. Its text may come from the worker: it is not sanitized. */
export interface Finding {
  readonly level: Level;
  readonly title: string;
  readonly advice: readonly Advice[];
}

/** Creates a finding. Advice that is a string becomes a piece of kind `text`. */
export function finding(
  level: Level,
  { title, advice = [] }: { title: string; advice?: readonly (Advice | string)[] },
): Finding {
  return {
    level,
    title,
    advice: advice.map((piece) =>
      typeof piece === "string" ? { kind: "text", text: piece } : piece
    ),
  };
}

/** Creates advice of lines to type. */
export function code(...lines: readonly string[]): Advice[] {
  return lines.map((line) => ({ kind: "code", line }));
}

/** Creates advice of lines that the worker printed. */
export function printedLines(...lines: readonly string[]): Advice[] {
  return lines.map((line) => ({ kind: "printed", line }));
}

/** Formats a duration in milliseconds as `40 ms` or `1.3 s`. */
export function formatTime(ms: number): string {
  return ms < 999.5 ? `${Math.max(1, Math.round(ms))} ms` : `${(ms / 1000).toFixed(1)} s`;
}

/** Returns a text with a capital and a full stop. */
export function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.:]$/.test(text) ? "" : "."}`;
}
