/**
 * Recognition of progress displays: finds the pattern that reads what a worker prints.
 *
 * @module
 */
import type { OutputStream } from "../../model/protocol.ts";
import { PatternProtocol } from "./pattern.ts";
import { PRESET_NAMES, PROGRESS_PRESETS } from "./presets.ts";

/** A pattern that can be given as `--progress-pattern`. */
export interface Candidate {
  /** The value of the option: the name of a program, or a regular expression. */
  readonly option: string;
  /** The regular expressions that it stands for. */
  readonly patterns: readonly RegExp[];
}

/** The known programs. */
export const KNOWN_PROGRAMS: readonly Candidate[] = PRESET_NAMES.map((option) => ({
  option,
  patterns: PROGRESS_PRESETS[option],
}));

/** Returns the candidate of a value of `--progress-pattern`, which must be right. */
export function candidateOf(option: string): Candidate {
  return KNOWN_PROGRAMS.find((known) => known.option === option) ??
    { option, patterns: [new RegExp(option)] };
}

/** Common forms of progress, for programs that are not known. */
export const COMMON_FORMS: readonly Candidate[] = [
  String.raw`(?<percent>\d+(?:\.\d+)?) ?%`,
  String.raw`(?<done>\d+)(?: of |/)(?<total>\d+)`,
].map((option) => ({ option, patterns: [new RegExp(option)] }));

/** Facts about the lines that a pattern has read. */
export interface Reading {
  /** The value of `--progress-pattern`. */
  readonly option: string;
  /** The stream of the first line that it read. */
  readonly stream: OutputStream;
  /** The number of lines, or states of a rewritten line, that were a share. */
  readonly shares: number;
  /** The first and the last share that it read, from 0 to 1; absent if there are only messages. */
  readonly first?: number;
  readonly last?: number;
  /** The last line that it read. */
  readonly example: string;
}

/** Programs that tell a count in place of a share if they know no total, in a form that no other text has. */
const COUNTING: readonly string[] = ["curl", "pv", "tqdm", "wget"];

/** The evidence of a share that differs from the one before, of such a share that is just a number, and of another line. */
const EVIDENCE = { share: 20, number: 6, other: 10 };
/** The evidence from which on a pattern counts as recognized. */
const ENOUGH = 30;
/** The number of characters that are looked at of a line. */
const MAX_CHARS = 500;
/** A line that is just a number may mean anything, most of all on stdout. */
const BARE_NUMBER = /^\s*\d+\s*$/;

/** What one candidate has read. */
interface Tally {
  readonly option: string;
  readonly protocol: PatternProtocol;
  evidence: number;
  message: string | undefined;
  reading: Reading | undefined;
}

/** Shows the lines of one worker to all candidates. */
export class PatternRecognition {
  readonly #tallies: readonly Tally[];

  /** Creates a recognition, which has seen no line. */
  constructor(candidates: readonly Candidate[] = KNOWN_PROGRAMS) {
    this.#tallies = candidates.map(({ option, patterns }) => ({
      option,
      protocol: new PatternProtocol(patterns),
      evidence: 0,
      message: undefined,
      reading: undefined,
    }));
  }

  /** The reading of the pattern that fits best: that with the most shares, the first one if several have as many. */
  get best(): Reading | undefined {
    return this.#tallies.filter(({ evidence }) => evidence >= ENOUGH)
      .map(({ reading }) => reading)
      .filter((reading) => reading !== undefined)
      .filter(({ option, shares }) => shares > 0 || COUNTING.includes(option))
      .reduce<Reading | undefined>(
        (best, next) => best !== undefined && best.shares >= next.shares ? best : next,
        undefined,
      );
  }

  /** The first reading, however little was read. */
  get any(): Reading | undefined {
    return this.#tallies.find(({ reading }) => reading !== undefined)?.reading;
  }

  /** Looks at a line, or at a state of a rewritten one. Returns whether a candidate reads it. */
  look(line: string, stream: OutputStream): boolean {
    const text = line.slice(0, MAX_CHARS);
    if (text.trim() === "") return false;
    const isNumber = BARE_NUMBER.test(text);
    const worth = !isNumber ? EVIDENCE.share : stream === "stderr" ? EVIDENCE.number : 0;
    let isRead = false;
    for (const tally of this.#tallies) isRead = read(tally, { text, stream, worth }) || isRead;
    return isRead;
  }
}

/** Shows a line to one candidate; a new share is `worth` that much evidence. Returns whether the candidate reads the line. */
function read(
  tally: Tally,
  { text, stream, worth }: { text: string; stream: OutputStream; worth: number },
): boolean {
  // As a line of stderr, which is not read by the three prefixes.
  const signal = tally.protocol.parse(text, "stderr");
  const { option, reading } = tally;
  const { shares = 0, first, last } = reading ?? {};
  const next = { ...reading, option, stream: reading?.stream ?? stream, shares, example: text };
  switch (signal.kind) {
    case "share":
      if (signal.share !== last) tally.evidence += worth;
      tally.reading = {
        ...next,
        shares: shares + 1,
        first: first ?? signal.share,
        last: signal.share,
      };
      return true;
    case "message":
      if (signal.text !== tally.message) tally.evidence += EVIDENCE.other;
      tally.message = signal.text;
      tally.reading = next;
      return true;
    case "progress":
      tally.reading = next;
      return true;
    case "nothing":
      tally.evidence += EVIDENCE.other;
      return true;
    default:
      return false;
  }
}
