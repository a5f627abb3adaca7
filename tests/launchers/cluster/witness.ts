import { assert, assertEquals } from "@std/assert";
import { readJournal, type RunEvent } from "@lambdawaker/executor";

/**
 * A worker for one item that holds a lock while it runs: `TWICE` is on record when two of an item ever ran at the same
 * time. `work` is a shell script; $1 is the item.
 */
export function witnessed(folder: string, work: string): string[] {
  const script = `
    exec 9>"$2/lock-$1"
    flock -n 9 || { echo "$1 TWICE" >>"$2/record"; exit 99; }
    echo "$1 begin" >>"$2/record"
    ${work}
    echo "$1 end" >>"$2/record"`;
  return ["sh", "-c", script, "witness", "{start}", folder];
}

/** The record that the workers have made. */
export function record(folder: string): string[] {
  try {
    return Deno.readTextFileSync(`${folder}/record`).trim().split("\n");
  } catch {
    return [];
  }
}

/** Fails unless every item was done, and none twice at the same time. */
export function assertAllDone(folder: string, items: number): void {
  const lines = record(folder);
  assertEquals(lines.filter((line) => line.endsWith("TWICE")), []);
  const done = new Set(
    lines.filter((line) => line.endsWith("end")).map((line) => line.split(" ")[0]),
  );
  assertEquals(done.size, items);
}

/** Fails unless a journal tells that all ranges were done, and that none was charged for a retry. */
export function assertNothingCharged(journal: string): void {
  const events = Array.from(readJournal(journal));
  const ends = events.filter((event) => event.kind === "range-ended");
  assert(ends.every(({ status }) => status === "SUCCESS"), JSON.stringify(ends));
  const charged = ofKind(events, "attempt-ended").filter((
    { status, lost = 0, launchFailures = 0 },
  ) => status !== "SUCCESS" && lost + launchFailures === 0);
  assertEquals(charged, []);
}

function ofKind<K extends RunEvent["kind"]>(events: RunEvent[], kind: K) {
  return events.filter((event) => event.kind === kind) as (RunEvent & { kind: K })[];
}
