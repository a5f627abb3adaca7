// Chaos test: workers that fail in every way, under an executor that is killed again and again.
import { readJournal } from "@lambdawaker/executor/journal";
import type { RunEvent } from "@lambdawaker/executor";
import { assert, assertEquals, assertMatch } from "@std/assert";
import { cliCommand } from "./cli.ts";
import { withFolder } from "./journal.ts";
import { processesWith, until } from "./processes.ts";
import { Random } from "./random.ts";

const WORKER = new URL("../fixtures/chaos_worker.sh", import.meta.url).pathname;
const MAX_SESSIONS = 200;

/** Result of one seed. */
export interface ChaosResult {
  readonly ranges: number;
  readonly attempts: number;
  /** The number of runs. */
  readonly sessions: number;
  /** The number of runs that were killed. */
  readonly kills: number;
}

/** Resumes a job until it is done. Checks that every item was done once and that no process is left. */
export async function runChaos(seed: number): Promise<ChaosResult> {
  const random = new Random(seed);
  const chunkSize = 1 + random.integer(4);
  const totalItems = chunkSize * (150 + random.integer(150)) + random.integer(chunkSize);
  let result: ChaosResult | undefined;
  await withFolder(async (folder) => {
    const journal = `${folder}/run.jsonl`;
    const evidence = `${folder}/evidence`;
    const args = [
      ...["run", "-n", `${totalItems}`, "-c", `${chunkSize}`, "-w", `${2 + random.integer(7)}`],
      ...["-r", `${random.integer(3)}`, "--retry-delay", "0s", "--stall-timeout", "500ms"],
      ...["--grace-period", "200ms", "--journal", journal, "--resume", "--reporter", "quiet"],
      ...["--", "sh", WORKER, `${seed}`, evidence, "{start}", "{end}"],
    ];
    let [sessions, kills] = [0, 0];
    for (let code = -1; code !== 0;) {
      assert(++sessions <= MAX_SESSIONS, `not done after ${MAX_SESSIONS} runs`);
      const child = cliCommand(args, { stdout: "null", stderr: "piped" }).spawn();
      const errors = new Response(child.stderr).text();
      const isKilled = random.integer(4) > 0;
      const killing = isKilled ? setTimeout(() => killIfThere(child), random.integer(900)) : 0;
      const status = await child.status;
      clearTimeout(killing);
      // What an attempt without a retry left in a session of its own ends before the next run tries its range again.
      assertMatch(await errors, /^(.*that (a worker|workers) left behind still runs?: .*\n)?$/);
      if (status.signal === "SIGKILL") kills++;
      else assert(status.code === 0 || status.code === 1, `code ${status.code}`);
      code = status.code;
    }
    await until(() => processesWith(folder).length === 0, "no process is left");
    const events = Array.from(readJournal(journal));
    const attempts = events.filter(({ kind }) => kind === "attempt-started").length;
    const ranges = checkEvidence(events, await Deno.readTextFile(evidence), totalItems);
    result = { ranges, attempts, sessions, kills };
  });
  return result!;
}

/** Kills a process, unless it has just ended. */
function killIfThere(child: Deno.ChildProcess): void {
  try {
    child.kill("SIGKILL");
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
  }
}

/** Checks that every item was done exactly once, and that evidence proves it. Returns the number of ranges. */
function checkEvidence(events: readonly RunEvent[], evidence: string, totalItems: number): number {
  const proven = new Set(evidence.trim().split("\n"));
  const accounted = new Uint8Array(totalItems);
  const starts = new Map<string, RunEvent & { kind: "attempt-started" }>();
  let runId = "";
  let ranges = 0;
  for (const event of events) {
    if (event.kind === "run-started") runId = event.runId;
    if (!("worker" in event)) continue;
    const id = `${event.range} ${event.attempt}`;
    if (event.kind === "attempt-started") {
      assert(!starts.has(id), `attempt ${event.attempt} of range ${event.range} began twice`);
      starts.set(id, event);
    }
    if (event.kind !== "attempt-ended") continue;
    if (event.status !== "SUCCESS" && event.status !== "FINISHED") continue;
    const { startIndex, endIndex } = starts.get(id)!;
    const proof = `${runId} ${startIndex} ${endIndex} ${event.attempt}`;
    assert(proven.has(proof), `no worker has succeeded as ${proof}`);
    for (let item = startIndex; item < endIndex; item++) accounted[item]!++;
    ranges++;
  }
  const wrong = accounted.findIndex((times) => times !== 1);
  assertEquals(wrong, -1, `item ${wrong} was done ${accounted[wrong]} times`);
  return ranges;
}
