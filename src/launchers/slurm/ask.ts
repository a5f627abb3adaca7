/**
 * The programs of Slurm that answer at once.
 *
 * @module
 */

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
