/**
 * The end of steps, by their number or their name.
 *
 * @module
 */
import { fenceMs } from "../remote/lease.ts";

const POLL_MS = 200;

/** Kills a step, as well as Slurm can. */
export async function cancelStep(id: string | undefined): Promise<void> {
  if (id !== undefined) await ask("scancel", [id]);
}

/**
 * Ends the steps, or jobs, of these names, and waits until they are gone; while Slurm does not tell, as long as agents that
 * nobody reaches take to end their workers.
 */
export async function endSteps(
  names: readonly string[],
  times: { gracePeriod: number; lease: number; signal: AbortSignal },
): Promise<void> {
  const start = performance.now();
  const patience = fenceMs(times);
  for (let isAsked = false;;) {
    const ids = await find(names);
    const waited = performance.now() - start;
    if (ids?.length === 0 || waited > patience || times.signal.aborted) return;
    if (ids !== undefined) {
      if (!isAsked) await ask("scancel", ["--signal=TERM", ...ids]);
      else if (waited > times.gracePeriod) await ask("scancel", ids);
      isAsked = true;
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/** The numbers of what has these names; nothing when Slurm does not tell. */
async function find(names: readonly string[]): Promise<string[] | undefined> {
  const lists = [["--steps", "--format=%i %j"], ["--format=%i %j"]];
  const answers = await Promise.all(
    lists.map((list) => ask("squeue", ["--noheader", "--me", ...list])),
  );
  if (!answers.every(({ success }) => success)) return undefined;
  return answers.flatMap(({ stdout }) => stdout.split("\n"))
    .map((line) => line.trim().split(" "))
    .filter(([, name = ""]) => names.includes(name))
    .map(([id = ""]) => id);
}

/** How long Slurm may take to answer, in milliseconds. */
const PATIENCE_MS = 5_000;

/** What a program of Slurm said. */
export interface Answer {
  readonly success: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program of Slurm; one that does not answer in time has failed. Never rejects. */
export async function ask(command: string, args: readonly string[]): Promise<Answer> {
  const signal = AbortSignal.timeout(PATIENCE_MS);
  try {
    const { success, stdout, stderr } = await new Deno.Command(command, {
      args: [...args],
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
      signal,
    }).output();
    const decoder = new TextDecoder();
    return { success, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
  } catch {
    return { success: false, stdout: "", stderr: "" };
  }
}
