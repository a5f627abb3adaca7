// Chaos test: workers that fail in every way, under an executor that is stopped, loses its reaper, and is killed again and
// again.
import { readJournal } from "@lambdawaker/executor/journal";
import type { RunEvent } from "@lambdawaker/executor";
import { assert, assertEquals, assertMatch } from "@std/assert";
import { cliCommand } from "./cli.ts";
import { withFolder } from "./journal.ts";
import {
  killIfThere,
  processesInEnvironment,
  processesWith,
  signalIfThere,
  until,
} from "./processes.ts";
import { Random } from "./random.ts";

const WORKER = new URL("../fixtures/chaos_worker.sh", import.meta.url).pathname;
const RESIDENT = new URL("../fixtures/chaos_resident.sh", import.meta.url).pathname;
const MAX_SESSIONS = 200;

/** Result of one seed. */
export interface ChaosResult {
  readonly ranges: number;
  readonly attempts: number;
  /** The number of runs. */
  readonly sessions: number;
  /** The number of runs that were killed. */
  readonly kills: number;
  /** How often an executor was stopped for a while. */
  readonly stops: number;
  /** The number of reapers that were killed. */
  readonly reapers: number;
}

/** Resumes a job until it is done. Checks that every item was done once and that no process is left. */
export async function runChaos(
  seed: number,
  { isResident = false }: { isResident?: boolean } = {},
): Promise<ChaosResult> {
  const random = new Random(seed);
  const chunkSize = 1 + random.integer(4);
  // The faults of resident workers take more time, and there are more seeds.
  const fewest = isResident ? 24 : 150;
  const totalItems = chunkSize * (fewest + random.integer(fewest)) + random.integer(chunkSize);
  let result: ChaosResult | undefined;
  await withFolder(async (folder) => {
    const journal = `${folder}/run.jsonl`;
    // Syncing results takes time.
    const keepsOutput = seed % 3 === 0;
    const evidence = `${folder}/evidence`;
    const args = [
      ...["run", "-n", `${totalItems}`, "-c", `${chunkSize}`, "-w", `${2 + random.integer(7)}`],
      ...["-r", `${random.integer(3)}`, "--retry-delay", "0s", "--stall-timeout", "500ms"],
      ...["--grace-period", "200ms", "--journal", journal, "--resume", "--reporter", "quiet"],
      ...(keepsOutput ? ["--results", `${folder}/out`, "--output", "ordered"] : []),
      ...(isResident
        ? ["--resident", "--launch-retries", "100", "--", "sh", RESIDENT, `${seed}`, evidence]
        : ["--", "sh", WORKER, `${seed}`, evidence, "{start}", "{end}"]),
    ];
    let [sessions, kills] = [0, 0];
    let printed = "";
    const pipes = { stdout: "piped", stderr: "piped" } as const;
    const done = { stops: 0, reapers: 0 };
    for (let code = -1; code !== 0;) {
      assert(++sessions <= MAX_SESSIONS, `not done after ${MAX_SESSIONS} runs`);
      const child = cliCommand(args, { ...pipes, env: { CHAOS: folder } }).spawn();
      const errors = new Response(child.stderr).text();
      const output = new Response(child.stdout).text();
      const isKilled = random.integer(4) > 0;
      const killing = isKilled
        ? setTimeout(() => signalIfThere(child, "SIGKILL"), random.integer(900))
        : 0;
      const disturbing = disturb(child, { random: new Random(random.integer(2 ** 31)), done });
      const status = await child.status;
      clearTimeout(killing);
      await disturbing;
      // What an attempt without a retry left in a session of its own ends before the next run tries its range again.
      // The end of a run with failures is there, too.
      const known = [ABOUT_REAPERS, ABOUT_REST, ABOUT_LATE, ABOUT_ANSWER, ABOUT_CUT];
      const others = known.reduce((text, line) => text.replaceAll(line, ""), await errors);
      const said = others.match(/^executor: .*\n/gm) ?? [];
      assertMatch(said.join(""), /^(.*that (a worker|workers) left behind still runs?: .*\n)?$/);
      printed += await output;
      if (status.signal === "SIGKILL") kills++;
      else assert(status.code === 0 || status.code === 1, `code ${status.code}`);
      code = status.code;
    }
    // Some of what workers leave has the folder in its environment only.
    const left = () => [...processesWith(folder), ...processesInEnvironment(folder)];
    await until(() => left().length === 0, "no process is left");
    const events = Array.from(readJournal(journal));
    const attempts = events.filter(({ kind }) => kind === "attempt-started").length;
    const ranges = checkEvidence(events, await Deno.readTextFile(evidence), totalItems);
    for (const { range, proof } of keepsOutput ? doneAttempts(events) : []) {
      const name = `${folder}/out/range-${`${range}`.padStart(5, "0")}`;
      const results = await Deno.readTextFile(`${name}/stdout`);
      assert(results.includes(`proof ${proof}\n`), `the results of range ${range} are of ${proof}`);
      const exit = isResident ? "SUCCESS\n" : "0\n";
      assertEquals(await Deno.readTextFile(`${name}/exit`), exit);
      assert(printed.includes(`proof ${proof}\n`), `the output of range ${range} was printed`);
    }
    result = { ranges, attempts, sessions, kills, ...done };
  });
  return result!;
}

/** What an executor says about its reaper, and nothing else. */
const ABOUT_REAPERS =
  /^executor: warning: (the reaper |there is a reaper again|workers would).*\n/gm;

/** What it says of workers that print something after the answer to their last range. */
const ABOUT_REST = /^executor: warning: resident workers printed \d+ bytes after .*\n/gm;

/** A resident worker that had answered, and then failed. */
const ABOUT_LATE = /^executor: warning: (a|\d+) resident workers? .* after the last answer: .*\n/gm;

/** A resident worker that answered about no range. */
const ABOUT_ANSWER = /^executor: warning: a resident worker printed .* which ends no range: .*\n/gm;

/** What it says of a worker whose output another process still held. */
const ABOUT_CUT = /^executor: warning: .*another process still held it.*\n/gm;

/** Stops an executor for moments and kills its reaper, at random, until it has ended. */
async function disturb(
  child: Deno.ChildProcess,
  { random, done }: { random: Random; done: { stops: number; reapers: number } },
): Promise<void> {
  const ended = child.status.then(() => true);
  const endsWithin = async (ms: number) => {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const timer = setTimeout(() => resolve(false), ms);
    const hasEnded = await Promise.race([ended, promise]);
    clearTimeout(timer);
    return hasEnded;
  };
  while (!await endsWithin(random.integer(1_000))) {
    if (random.integer(3) === 0) {
      for (const reaper of reapersOf(child.pid)) {
        killIfThere(reaper);
        done.reapers++;
      }
    } else {
      signalIfThere(child, "SIGSTOP");
      await endsWithin(random.integer(800));
      signalIfThere(child, "SIGCONT");
      done.stops++;
    }
  }
}

/** The reapers that an executor has started. */
function reapersOf(executor: number): number[] {
  return processesWith("executor-reaper").filter((pid) => {
    try {
      const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
      return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1] === `${executor}`;
    } catch {
      return false;
    }
  });
}

/** Returns the attempts that ended well, with what their workers printed. */
function doneAttempts(events: readonly RunEvent[]) {
  let runId = "";
  const starts = new Map<string, RunEvent & { kind: "attempt-started" }>();
  /** The number of the last process of each worker. */
  const processes = new Map<number, number>();
  return events.flatMap((event) => {
    if (event.kind === "run-started") {
      runId = event.runId;
      processes.clear();
    }
    if (event.kind === "spawned") {
      const { range, attempt, worker } = event;
      const start = starts.get(`${range} ${attempt}`)!;
      // If the process of a resident worker had ended before it got the range, another one has taken it.
      const process = start.process && Math.max(start.process, (processes.get(worker) ?? 0) + 1);
      processes.set(worker, process ?? 0);
      starts.set(`${range} ${attempt}`, { ...start, process });
    }
    if (event.kind === "attempt-started") starts.set(`${event.range} ${event.attempt}`, event);
    if (event.kind !== "attempt-ended") return [];
    if (event.status !== "SUCCESS" && event.status !== "FINISHED") return [];
    const { range, attempt } = event;
    const { startIndex, endIndex, worker, process } = starts.get(`${range} ${attempt}`)!;
    const by = process === undefined ? attempt : `${runId}.w${worker}.${process}`;
    const proof = `${runId} ${startIndex} ${endIndex} ${by}`;
    return [{ range, startIndex, endIndex, proof }];
  });
}

/** Checks that every item was done exactly once, and that evidence proves it. Returns the number of ranges. */
function checkEvidence(events: readonly RunEvent[], evidence: string, totalItems: number): number {
  const proven = new Set(evidence.trim().split("\n"));
  const accounted = new Uint8Array(totalItems);
  const begun = new Set<string>();
  for (const event of events) {
    if (event.kind !== "attempt-started") continue;
    const id = `${event.range} ${event.attempt}`;
    assert(!begun.has(id), `attempt ${event.attempt} of range ${event.range} began twice`);
    begun.add(id);
  }
  const done = doneAttempts(events);
  for (const { proof, startIndex, endIndex } of done) {
    assert(proven.has(proof), `no worker has succeeded as ${proof}`);
    for (let item = startIndex; item < endIndex; item++) accounted[item]!++;
  }
  const wrong = accounted.findIndex((times) => times !== 1);
  assertEquals(wrong, -1, `item ${wrong} was done ${accounted[wrong]} times`);
  return done.length;
}
