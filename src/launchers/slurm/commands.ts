/**
 * The commands of Slurm: running one, and ending steps by their id or their name.
 *
 * @module
 */
import { linkSignals } from "../../base/abort.ts";
import { systemClock } from "../../base/clock.ts";
import { fenceMs } from "../lease.ts";
import { ProcessSearch, Termination } from "../termination.ts";

/** How long a command may take to answer, in milliseconds. */
const ANSWER_MS = 5_000;
/** How often Slurm is asked for the steps that are being ended, in milliseconds. */
const POLL_MS = 200;

/** The answer of a command. */
export interface Answer {
  readonly success: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command; one that does not answer in time, or before `abandon` is aborted, has failed. Never rejects. */
export async function runSlurm(
  command: string,
  args: readonly string[],
  abandon?: AbortSignal,
): Promise<Answer> {
  const timeout = AbortSignal.timeout(ANSWER_MS);
  using linked = abandon === undefined ? undefined : linkSignals(timeout, abandon);
  try {
    const { success, stdout, stderr } = await new Deno.Command(command, {
      args: [...args],
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
      signal: linked?.signal ?? timeout,
    }).output();
    const decoder = new TextDecoder();
    return { success, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
  } catch {
    return { success: false, stdout: "", stderr: "" };
  }
}

/** Kills a step. */
export async function killStep(id: string): Promise<void> {
  await runSlurm("scancel", [id]);
}

/** Options of {@linkcode endSteps}. */
export interface EndStepsOptions {
  /** Milliseconds from SIGTERM to the kill. */
  readonly gracePeriod: number;
  /** The lease of their agents, in milliseconds. */
  readonly lease: number;
  /** Ends the wait when it is aborted. */
  readonly signal: AbortSignal;
}

/**
 * Ends the steps, or jobs, that have one of these names, and waits until they are gone. If Slurm does not answer, it waits
 * until agents that nobody reaches have ended their workers.
 */
export async function endSteps(names: readonly string[], options: EndStepsOptions): Promise<void> {
  const { gracePeriod, signal: abandon } = options;
  const steps = new ProcessSearch({
    find: () => findSteps(names),
    async signal(ids, signal) {
      const kind = signal === "SIGKILL" ? [] : [`--signal=${signal.replace("SIG", "")}`];
      await runSlurm("scancel", [...kind, ...ids]);
    },
    killPatience: fenceMs(options) - gracePeriod,
  });
  const clock = systemClock;
  const termination = new Termination(steps, {
    clock,
    gracePeriod,
    pollInterval: POLL_MS,
    abandon,
  });
  termination.signal("SIGTERM");
  await termination.done;
}

/** Returns whether Slurm knows no step or job that has one of these names. */
export async function areStepsGone(names: readonly string[]): Promise<boolean> {
  return (await findSteps(names))?.length === 0;
}

/** Finds the ids of the steps and jobs that have one of these names; returns undefined if Slurm does not answer. */
async function findSteps(names: readonly string[]): Promise<string[] | undefined> {
  const lists = [["--steps", "--format=%i %j"], ["--format=%i %j"]];
  const answers = await Promise.all(
    lists.map((list) => runSlurm("squeue", ["--noheader", "--me", ...list])),
  );
  if (!answers.every(({ success }) => success)) return undefined;
  return answers.flatMap(({ stdout }) => stdout.split("\n"))
    .map((line) => line.trim().split(" "))
    .filter(([, name = ""]) => names.includes(name))
    .map(([id = ""]) => id);
}
