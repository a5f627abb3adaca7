/**
 * What the doctor tells.
 *
 * @module
 */

/** How bad it is: the grid is wrong or work is not done, something to know, all is well. */
export type Level = "problem" | "note" | "ok";

/** A piece of advice. */
export type Advice =
  | { readonly kind: "text"; readonly text: string }
  /** To be typed as it stands. */
  | { readonly kind: "code"; readonly line: string }
  /** What the worker printed. */
  | { readonly kind: "quote"; readonly line: string };

/** One thing that was seen, and what to do about it. Its words may be those of the worker: they are not sanitized. */
export interface Finding {
  readonly level: Level;
  readonly title: string;
  readonly advice: readonly Advice[];
}

/** Makes a finding; a piece of advice that is a string is a sentence. */
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

/** Lines to be typed. */
export function code(...lines: readonly string[]): Advice[] {
  return lines.map((line) => ({ kind: "code", line }));
}

/** Lines that the worker printed. */
export function quote(...lines: readonly string[]): Advice[] {
  return lines.map((line) => ({ kind: "quote", line }));
}

/** A duration in milliseconds as `40 ms` or `1.3 s`. */
export function formatTime(ms: number): string {
  return ms < 999.5 ? `${Math.max(1, Math.round(ms))} ms` : `${(ms / 1000).toFixed(1)} s`;
}
