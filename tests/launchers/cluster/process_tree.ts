import { isAlive } from "../../helpers/processes.ts";

export { isAlive };

/** Signals a process that may be gone. */
export function signal(pid: number, signal: Deno.Signal): void {
  try {
    Deno.kill(pid, signal);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** The numbers of all processes. */
export function allProcesses(): number[] {
  return Array.from(Deno.readDirSync("/proc"), ({ name }) => Number(name)).filter((pid) => pid > 0);
}

/** All processes that come from one. */
export function descendants(pid: number): number[] {
  const children = allProcesses().filter((child) => parentOf(child) === pid);
  return [...children, ...children.flatMap(descendants)];
}

function parentOf(pid: number): number {
  const stat = readProc(pid, "stat");
  return Number(stat.slice(stat.lastIndexOf(")") + 4).split(" ")[0]);
}

function readProc(pid: number, file: string): string {
  try {
    return Deno.readTextFileSync(`/proc/${pid}/${file}`);
  } catch {
    return "";
  }
}

/** What a process holds open. */
export function openFiles(pid: number): string[] {
  try {
    const folder = `/proc/${pid}/fd`;
    return Array.from(
      Deno.readDirSync(folder),
      ({ name }) => Deno.readLinkSync(`${folder}/${name}`),
    );
  } catch {
    return [];
  }
}

/** The name of the program that a process runs. */
export function commandOf(pid: number): string {
  return readProc(pid, "comm").trim();
}
