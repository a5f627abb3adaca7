/**
 * What makes two runs those of the same job.
 *
 * @module
 */

/** A job, as far as another run of it must be the same. */
export interface JobIdentity {
  /** Items of the job. */
  readonly totalItems: number;
  /** Ranges that they are split into. */
  readonly ranges: number;
  /** Set in a job that is made of strings: they are known by what they are, their number and order may be others. */
  readonly items?: "counted" | "uncounted";
  /** Items per range; absent when the ranges are as many as the workers. */
  readonly chunkSize?: number;
  /** What the workers run, as the person wrote it; absent when only a function knows. */
  readonly command?: readonly string[];
}

/** In what two jobs differ, in words; nothing when they are the same. */
export function describeDifference(before: JobIdentity, now: JobIdentity): string | undefined {
  const differences = [
    ...describeWork(before, now),
    ...differs("the command", before.command, now.command),
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
  return [
    ...differs("the number of items", before.totalItems, now.totalItems),
    ...differs("the chunk size", before.chunkSize, now.chunkSize),
    ...differs(rangesName(before, now), before.ranges, now.ranges),
  ];
}

function differs(name: string, before: unknown, now: unknown): string[] {
  const isSame = JSON.stringify(before) === JSON.stringify(now);
  return isSame ? [] : [`${name} was ${show(before)} and is ${show(now)}`];
}

function rangesName(...jobs: readonly JobIdentity[]): string {
  const perWorker = jobs.every(({ chunkSize }) => chunkSize === undefined);
  return `the number of ranges${perWorker ? " (one per worker, without a chunk size)" : ""}`;
}

function show(value: unknown): string {
  return value === undefined ? "not given" : JSON.stringify(value);
}
