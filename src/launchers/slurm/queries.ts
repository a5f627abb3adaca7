/**
 * What Slurm is asked beside srun.
 *
 * @module
 */

/** How long Slurm may take to answer, in milliseconds. */
const PATIENCE_MS = 5_000;
const POLL_MS = 200;

/** Kills a step, as well as Slurm can. */
export async function cancelStep(id: string | undefined): Promise<void> {
  if (id !== undefined) await ask("scancel", [id]);
}

/** Whether Slurm is about to end a job: another one has precedence, or it was cancelled. */
export async function isEnding(jobId: string | undefined): Promise<boolean> {
  if (jobId === undefined) return false;
  const job = await ask("scontrol", ["show", "job", "--oneliner", jobId]);
  const state = /\bJobState=(\w+)/.exec(job)?.[1];
  const preempted = /\bPreemptTime=(\S+)/.exec(job)?.[1] ?? "None";
  return preempted !== "None" || (state !== undefined && state !== "RUNNING");
}

/** Ends the steps, or jobs, of these names, and waits until they are gone. */
export async function endSteps(
  names: readonly string[],
  { gracePeriod, lease }: { gracePeriod: number; lease: number },
): Promise<void> {
  const start = performance.now();
  // By then, an agent that nobody reaches has ended its worker.
  const patience = gracePeriod + lease + PATIENCE_MS;
  for (let isAsked = false;; isAsked = true) {
    const ids = await find(names);
    const waited = performance.now() - start;
    if (ids.length === 0 || waited > patience) return;
    if (!isAsked) await ask("scancel", ["--signal=TERM", ...ids]);
    else if (waited > gracePeriod) await ask("scancel", ids);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

async function find(names: readonly string[]): Promise<string[]> {
  const lists = [["--steps", "--format=%i %j"], ["--format=%i %j"]];
  const found = await Promise.all(
    lists.map((list) => ask("squeue", ["--noheader", "--me", ...list])),
  );
  return found.join("\n").split("\n")
    .map((line) => line.trim().split(" "))
    .filter(([, name = ""]) => names.includes(name))
    .map(([id = ""]) => id);
}

/** What a program of Slurm prints; nothing when it fails. */
async function ask(command: string, args: readonly string[]): Promise<string> {
  const signal = AbortSignal.timeout(PATIENCE_MS);
  try {
    const { stdout } = await new Deno.Command(command, {
      args: [...args],
      stdin: "null",
      stdout: "piped",
      stderr: "null",
      signal,
    }).output();
    return new TextDecoder().decode(stdout);
  } catch {
    return "";
  }
}
