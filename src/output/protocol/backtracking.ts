/**
 * Search for texts on which a regular expression does not come to its end, as it matches them in more and more ways.
 *
 * @module
 */

/** A group that repeats, with its content: only such a group can take twice as long for each further character. */
const REPEATED_GROUP =
  /\((?:[^()\\]|\\.|\((?:[^()\\]|\\.|\((?:[^()\\]|\\.)*\))*\))*\)(?:[*+]|\{\d+,)/;
/** The parts of a pattern that match one character. */
const ATOM =
  /\[\^?(?:[^\]\\]|\\.)*\]|\\(?:u[\da-f]{4}|x[\da-f]{2}|[pP]\{\w+\}|.)|\(\?<?[=!:]|\(\?<\w+>|[^()|*+?^$]/gi;
/** The printable characters of ASCII, letters and digits first. */
const CHARACTERS = Array.from(
  "a1A _-.,:/%" + String.fromCharCode(...Array.from({ length: 94 }, (_, at) => at + 33)),
);
/** What ends a text so that it does not match. */
const ENDINGS = ["\u0001", "!", ""];
/** The numbers of repetitions that are tried. With the largest one, an endless pattern takes seconds, and any other microseconds. */
const REPETITIONS = { min: 8, max: 48 };
/** A match of so short a text that takes this number of milliseconds is endless for a longer one. */
const SLOW_MS = 20;
/** The time for the whole search, in milliseconds. */
const SEARCH_MS = 1_000;

/**
 * Returns a text for which a pattern takes long, and twice as long for each further character or so; undefined if none is found.
 * Texts of growing length are tried, so that this itself takes no longer than a second.
 */
export function findEndless(pattern: RegExp): string | undefined {
  if (!REPEATED_GROUP.test(pattern.source)) return undefined;
  const samples = samplesOf(pattern);
  const giveUpAt = performance.now() + SEARCH_MS;
  for (let at = 0; at < samples.length; at++) {
    const before = samples.slice(0, at).join("");
    for (const width of [1, 2, 3]) {
      const repeated = samples.slice(at, at + width).join("");
      for (const ending of ENDINGS) {
        const text = findSlow(pattern, (count) => before + repeated.repeat(count) + ending);
        if (text !== undefined) return text;
        if (performance.now() > giveUpAt) return undefined;
      }
    }
  }
  return undefined;
}

/** Returns the first of some texts that is slow, twice in a row: once may be the fault of the machine. */
function findSlow(pattern: RegExp, textOf: (count: number) => string): string | undefined {
  for (let count = REPETITIONS.min; count <= REPETITIONS.max; count++) {
    const text = textOf(count);
    if (matchTime(pattern, text) < SLOW_MS) continue;
    if (matchTime(pattern, text) >= SLOW_MS) return text;
  }
  return undefined;
}

/** Returns how long a match takes, in milliseconds. */
function matchTime(pattern: RegExp, text: string): number {
  const startedAt = performance.now();
  pattern.exec(text);
  return performance.now() - startedAt;
}

/** Returns a character for each part of a pattern that matches one, in order. */
function samplesOf({ source, flags }: RegExp): string[] {
  return (source.match(ATOM) ?? []).flatMap((atom) => {
    if (atom.startsWith("(")) return [];
    try {
      const only = new RegExp(`^${atom}$`, flags);
      return CHARACTERS.find((character) => only.test(character)) ?? [];
    } catch {
      // It is no part of its own, such as a number of repetitions.
      return [];
    }
  });
}
