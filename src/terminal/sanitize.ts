/**
 * Filter that removes control sequences from text that is not trusted.
 *
 * @module
 */
import { type Row, span } from "./style.ts";

// Built from code points, as half of these characters would be invisible in the source.
const codePoints = (from: number, to = from) => `\\u{${from.toString(16)}}-\\u{${to.toString(16)}}`;

const CONTROLS = codePoints(0x00, 0x1f) + codePoints(0x7f, 0x9f);
/** Line and paragraph separators. */
const SEPARATORS = codePoints(0x2028, 0x2029);
/** Marks, embeddings, overrides and isolates, which change the direction of the text beside them. */
const BIDI = codePoints(0x061c) + codePoints(0x200e, 0x200f) + codePoints(0x202a, 0x202e) +
  codePoints(0x2066, 0x2069);
/** Characters that show nothing, tags among them. */
const SHAPELESS = codePoints(0x200b) + codePoints(0xfeff) + codePoints(0xfff9, 0xfffb) +
  codePoints(0xe0000, 0xe007f) +
  codePoints(0x0600, 0x0605) + codePoints(0x06dd);
/** Characters that join or tint emoji. Terminals agree on the width of the parts, but not on that of the whole. */
const MODIFIERS = codePoints(0xfe0f) + codePoints(0x1f3fb, 0x1f3ff);
const EMOJI_JOINER =
  `(?<=\\p{Extended_Pictographic}\\u{fe0f}?)\\u{200d}|\\u{200d}(?=\\p{Extended_Pictographic})`;

const SUSPECT = new RegExp(
  `[${CONTROLS}${SEPARATORS}${BIDI}${SHAPELESS}${MODIFIERS}\u{200d}\\p{Cs}]`,
  "u",
);
let unwanted: RegExp | undefined;
const SPACES = new RegExp(`[\\t\\r\\n${SEPARATORS}]`, "gu");

/**
 * Removes everything that does not show a character: whole control sequences (CSI, OSC, DCS, SOS, PM and APC of ECMA-48),
 * control characters, and changes of direction. Tabs and line breaks become spaces.
 *
 * @example
 * ```ts
 * import { sanitize } from "./sanitize.ts";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(sanitize("\x1b[31mred\x1b]0;title\x07 ink\x1b[2J"), "red ink");
 * ```
 */
export function sanitize(text: string): string {
  if (!SUSPECT.test(text)) return text;
  return dropSequences(text.toWellFormed().replace(SPACES, " ")).replace(getUnwanted(), "");
}

/** Returns a pattern that is made when it is first needed, as that takes some milliseconds. (Row start of bench/.) */
function getUnwanted(): RegExp {
  return unwanted ??= new RegExp(`${EMOJI_JOINER}|[${BIDI}${SHAPELESS}${MODIFIERS}]`, "gu");
}

/**
 * Removes control sequences and control characters, and nothing else. Tabs and line breaks become spaces. A text that goes to
 * files, too, keeps its other characters this way.
 */
export function dropControls(text: string): string {
  return SUSPECT.test(text) ? dropSequences(text.toWellFormed().replace(SPACES, " ")) : text;
}

function dropSequences(text: string): string {
  let kept = "";
  for (let at = 0; at < text.length;) {
    const code = text.charCodeAt(at);
    if (code === 0x1b) at = afterEscape(text, at + 1);
    else if (code < 0x20 || code === 0x7f) at++;
    else if (code >= 0x80 && code <= 0x9f) at = afterIntroducer(text, at + 1, code - 0x40);
    else kept += text[at++];
  }
  return kept;
}

/** Returns the index behind the sequence whose ESC is right before `at`. */
function afterEscape(text: string, at: number): number {
  const code = text.charCodeAt(at);
  // ESC and a character of this block are the 7-bit form of a C1 control.
  if (code >= 0x40 && code <= 0x5f) return afterIntroducer(text, at + 1, code);
  return afterMatch(ESCAPE, text, at);
}

// The rest of an escape sequence, of a control sequence, and of a control string. An unfinished string takes all text.
const ESCAPE = /[\x20-\x2f]*[\x30-\x7e]?/y;
const CONTROL_SEQUENCE = /[\x30-\x3f]*[\x20-\x2f]*[\x40-\x7e]?/y;
// deno-lint-ignore no-control-regex
const CONTROL_STRING = /[^\x07\x18\x1a\x1b\x9c]*(?:[\x07\x18\x1a\x9c]|\x1b\\)?/y;

/** Returns the index behind the sequence that a C1 control begins; `code` is the control in its 7-bit form. */
function afterIntroducer(text: string, at: number, code: number): number {
  switch (String.fromCharCode(code)) {
    case "[":
      return afterMatch(CONTROL_SEQUENCE, text, at);
    case "]":
    case "P":
    case "X":
    case "^":
    case "_":
      return afterMatch(CONTROL_STRING, text, at);
    default:
      return at;
  }
}

/** Returns the index behind the match of a sticky pattern at `at`. The pattern must match the empty text, too. */
function afterMatch(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  pattern.test(text);
  return pattern.lastIndex;
}

// What a terminal acts on, beside tab and carriage return; the newline ends colours and sequences.
const STOPS = new RegExp(
  `[${codePoints(0x00, 0x08)}${codePoints(0x0a, 0x0c)}${codePoints(0x0e, 0x1f)}${
    codePoints(0x7f, 0x9f)
  }]`,
  "ug",
);
/** Colours and attributes: Select Graphic Rendition of ECMA-48. */
// deno-lint-ignore no-control-regex
const COLORS = /^\x1b\[[\d;:]*m$/;
const NO_COLORS = "\x1b[0m";
/** The longest part of an unfinished sequence that is kept, in characters: whatever follows only prolongs it. */
const MAX_HELD = 256;

/**
 * Removes control sequences from a stream of bytes that is printed on a terminal. Text, tabs and line ends stay as they are.
 * A sequence may be split over calls; a line end ends it, so that it cannot swallow the lines of others.
 */
export class TerminalFilter {
  readonly #keepsColors: boolean;
  readonly #decoder = new TextDecoder();
  /** The start of a sequence whose end has not come yet. */
  #held = "";

  /** Creates a filter; `color` lets colours pass, each until the end of its line at most. */
  constructor({ color }: { color: boolean }) {
    this.#keepsColors = color;
  }

  /** Returns what may be printed of some bytes. */
  filter(bytes: Uint8Array): string {
    const text = this.#held + this.#decoder.decode(bytes, { stream: true });
    this.#held = "";
    let kept = "";
    let isColored = false;
    let [at, lineEnd] = [0, -1];
    for (;;) {
      STOPS.lastIndex = at;
      const stop = STOPS.exec(text)?.index ?? text.length;
      kept += text.slice(at, stop);
      if (stop === text.length) break;
      if (text[stop] === "\n") {
        kept += isColored ? `${NO_COLORS}\n` : "\n";
        isColored = false;
        at = stop + 1;
        continue;
      }
      if (lineEnd < stop) lineEnd = endOfLine(text, stop);
      at = Math.min(afterControl(text, stop), lineEnd);
      const sequence = text.slice(stop, at);
      if (at === text.length && isUnfinished(sequence)) {
        this.#held = sequence.slice(0, MAX_HELD);
        break;
      }
      if (this.#keepsColors && COLORS.test(sequence)) {
        kept += sequence;
        isColored = true;
      }
    }
    return isColored ? kept + NO_COLORS : kept;
  }
}

function endOfLine(text: string, at: number): number {
  const end = text.indexOf("\n", at);
  return end < 0 ? text.length : end;
}

/** Returns the index behind a control character and the sequence that it begins. */
function afterControl(text: string, at: number): number {
  const code = text.charCodeAt(at);
  if (code === 0x1b) return afterEscape(text, at + 1);
  return code < 0x80 ? at + 1 : afterIntroducer(text, at + 1, code - 0x40);
}

/** Returns whether what follows may belong to a sequence: a space does, wherever one goes on. */
function isUnfinished(sequence: string): boolean {
  return afterControl(`${sequence} `, 0) > sequence.length;
}

/** The longest row, in characters. A longer line becomes several rows. */
const MAX_LINE = 64 * 1024;

/** Turns bytes into rows that are safe to print. A line is held back until its newline arrives. */
export class PrintedLines {
  readonly #decoder = new TextDecoder();
  #line = "";

  /** Adds some bytes and returns the lines that are now complete. */
  add(bytes: Uint8Array): Row[] {
    const lines = (this.#line + this.#decoder.decode(bytes, { stream: true })).split("\n");
    this.#line = lines.at(-1)!.length > MAX_LINE ? "" : lines.pop()!;
    return lines.map(toRow);
  }

  /** Returns the last line if it has no newline. */
  end(): Row[] {
    const line = this.#line + this.#decoder.decode();
    this.#line = "";
    return line === "" ? [] : [toRow(line)];
  }
}

function toRow(line: string): Row {
  return [span(sanitize(line.endsWith("\r") ? line.slice(0, -1) : line))];
}
