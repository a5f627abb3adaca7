/**
 * Report of the findings, in rows for a terminal.
 *
 * @module
 */
import { escapeHidden } from "../base/surrogate_escape.ts";
import { quote } from "../base/shell.ts";
import { causeText, nameItems, plural, statusStyle } from "../reporters/wording.ts";
import { sanitize } from "../terminal/sanitize.ts";
import { type Row, span, type Style } from "../terminal/style.ts";
import { textWidth, truncate } from "../terminal/width.ts";
import { type Advice, type Finding, formatTime, type Level } from "./finding.ts";
import type { Observation } from "./observation.ts";
import { total } from "./signal_findings.ts";

const LOOKS: Record<Level, { readonly mark: string; readonly style: Style }> = {
  problem: { mark: "✗", style: "red" },
  note: { mark: "!", style: "yellow" },
  ok: { mark: "✓", style: "green" },
};

/** The width of mark and level before a title, in columns. */
const HEAD_WIDTH = 11;
const INDENT = "    ";

/** Draws the command with its result, the findings, and a verdict, in rows of at most `width` columns. */
export function drawReport(
  seen: Observation,
  { findings, width }: { findings: readonly Finding[]; width: number },
): Row[] {
  return [
    ...drawRun(seen, width),
    ...findings.flatMap((finding, index) => [
      // Findings of level ok follow each other without an empty row.
      ...(finding.level === "ok" && findings[index - 1]?.level === "ok" ? [] : [[]]),
      ...drawFinding(finding, width),
    ]),
    [],
    ...drawVerdict(seen, { findings, width }),
  ];
}

function drawRun({ argv, range, status, ...seen }: Observation, width: number): Row[] {
  const { stdout, stderr, stopped, cause, durationMs, resident } = seen;
  const of = range.totalItems === undefined || range.items !== undefined
    ? ""
    : ` of ${range.totalItems}`;
  const parts = resident === undefined ? "" : ` in ${plural(resident.ranges.length, "range")}`;
  const because = cause === undefined ? "" : ` (${causeText(cause)})`;
  const outcome = stopped === undefined ? `${status}${because}` : `stopped (${stopped})`;
  const came = [
    `${nameItems(range)}${of}${parts}: ${outcome} after ${formatTime(durationMs)}`,
    `${plural(stdout.lines, "line")} on stdout (${plural(total(stdout.signals), "signal")}), ` +
    `${plural(stderr.lines, "line")} on stderr`,
  ].join("; ");
  return [
    [span(truncate(sanitize(escapeHidden(argv.map(quote).join(" "))), width), "bold")],
    ...wrap(came, width).map((line) => [span(line, stopped ? "yellow" : statusStyle(status))]),
  ];
}

function drawFinding({ level, title, advice }: Finding, width: number): Row[] {
  const { mark, style } = LOOKS[level];
  const head = `${mark} ${level}`.padEnd(HEAD_WIDTH);
  const [first = "", ...rest] = wrap(title, width - HEAD_WIDTH);
  return [
    [span(head, style), span(first, level === "ok" ? "plain" : "bold")],
    ...rest.map((line): Row => [
      span(" ".repeat(HEAD_WIDTH)),
      span(line, level === "ok" ? "plain" : "bold"),
    ]),
    ...advice.flatMap((piece) => drawAdvice(piece, width)),
  ];
}

function drawAdvice(advice: Advice, width: number): Row[] {
  switch (advice.kind) {
    case "text":
      return wrap(advice.text, width - INDENT.length).map((line) => [span(`${INDENT}${line}`)]);
    case "code":
      return [[span(truncate(`${INDENT}  ${sanitize(advice.line)}`, width), "cyan")]];
    case "printed":
      return [[
        span(`${INDENT}│ `, "dim"),
        span(truncate(sanitize(advice.line), width - INDENT.length - 2)),
      ]];
  }
}

function drawVerdict(
  { stopped }: Observation,
  { findings, width }: { findings: readonly Finding[]; width: number },
): Row[] {
  const count = (level: Level) => findings.filter((finding) => finding.level === level).length;
  const problems = count("problem");
  const notes = count("note") === 0 ? "" : `, ${plural(count("note"), "note")}`;
  const isWhole = stopped === undefined || stopped === "timeout";
  const counted = problems === 0 ? "No problem" : plural(problems, "problem");
  const meaning = problems === 0 ? ": the grid can show what this worker does" : "";
  const text = `${counted}${notes}${isWhole ? meaning : ", as far as it was seen"}.`;
  return wrap(text, width).map((line) => [span(line, problems === 0 ? "green" : "red")]);
}

/** Breaks a text between words, but not before a number. A word that is too long is cut. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of sanitize(text).trim().split(/ +(?!\d)/)) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (textWidth(longer) <= width) {
      line = longer;
      continue;
    }
    if (line !== "") lines.push(line);
    line = truncate(word, width);
  }
  return line === "" ? lines : [...lines, line];
}
