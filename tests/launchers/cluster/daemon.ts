import { until } from "../../helpers/processes.ts";
import { isAlive, signal } from "./process_tree.ts";

/** Runs a program to its end; fails loudly when it fails. */
export async function mustRun(
  command: string,
  args: string[],
  env: Record<string, string> = {},
): Promise<string> {
  const { success, stdout, stderr } = await run(command, args, env);
  if (!success) throw new Error(`${command} ${args.join(" ")} failed: ${stderr || stdout}`);
  return stdout;
}

/** Runs a program to its end, whatever that is. */
export async function run(
  command: string,
  args: string[],
  env: Record<string, string> = {},
): Promise<{ success: boolean; code: number; stdout: string; stderr: string }> {
  // Where daemons are, for whoever is not root.
  const PATH = `${Deno.env.get("PATH")}:/usr/sbin:/sbin`;
  const output = await new Deno.Command(command, { args, env: { PATH, ...env }, stdin: "null" })
    .output();
  const decoder = new TextDecoder();
  return {
    success: output.success,
    code: output.code,
    stdout: decoder.decode(output.stdout),
    stderr: decoder.decode(output.stderr),
  };
}

/** The number in a pid file; nothing before it is there. */
export function pidIn(file: string): number | undefined {
  try {
    return Number(Deno.readTextFileSync(file)) || undefined;
  } catch {
    return undefined;
  }
}

/** Ends a process by its number, and waits until it is gone. */
export async function endProcess(pid: number | undefined, patience = 8_000): Promise<void> {
  if (pid === undefined || !isAlive(pid)) return;
  signal(pid, "SIGTERM");
  try {
    await until(() => !isAlive(pid), `process ${pid} has ended`, { patience });
  } catch {
    signal(pid, "SIGKILL");
    await until(() => !isAlive(pid), `process ${pid} has been killed`);
  }
}
