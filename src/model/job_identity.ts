/**
 * Identity of a job: what must be equal for a run to resume another one.
 *
 * @module
 */

/** The properties of a job that a run which resumes it must have, too. */
export interface JobIdentity {
  /** Items of the job. */
  readonly totalItems: number;
  /** Set in a job that is made of strings: these are matched by their text, so their number and order may change. */
  readonly items?: "counted" | "uncounted";
  /** The command of the workers, as the person wrote it; absent if a function makes it. */
  readonly command?: readonly string[];
  /** How workers get the items on their stdin; absent if they do not. */
  readonly stdin?: "lines" | "nul";
}

/** Describes in words how two jobs differ. Returns undefined if they are the same. */
export function describeDifference(before: JobIdentity, now: JobIdentity): string | undefined {
  const differences = [
    ...describeWork(before, now),
    ...compareProperty("the command", before.command, now.command),
    ...compareProperty("the stdin of workers", before.stdin, now.stdin),
  ];
  return differences.length === 0 ? undefined : differences.join(", ");
}

function describeWork(before: JobIdentity, now: JobIdentity): string[] {
  const isMadeOfItems = before.items !== undefined;
  if (isMadeOfItems !== (now.items !== undefined)) {
    return [
      isMadeOfItems
        ? "it was made of items and is a number of them"
        : "it was a number of items and is made of items",
    ];
  }
  if (isMadeOfItems) return [];
  return compareProperty("the number of items", before.totalItems, now.totalItems);
}

function compareProperty(name: string, before: unknown, now: unknown): string[] {
  const isSame = JSON.stringify(before) === JSON.stringify(now);
  return isSame ? [] : [`${name} was ${show(before)} and is ${show(now)}`];
}

/** The most characters of a value that a sentence shows. */
const MAX_SHOWN = 300;

function show(value: unknown): string {
  if (value === undefined) return "not given";
  const text = JSON.stringify(value);
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN - 1)}…` : text;
}
