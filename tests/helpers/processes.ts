import { assertEquals } from "@std/assert";
import { quote } from "../../src/base/shell.ts";

/** Returns the processes whose command line contains `mark`, and not `without`, except zombies. */
export function processesWith(mark: string, without?: string): number[] {
  const isWanted = (command: string) =>
    command.includes(mark) && !(without !== undefined && command.includes(without));
  return Deno.build.os === "linux" ? readProc(isWanted) : runPs(isWanted);
}

/** Returns the processes whose environment contains `mark`, on Linux. */
export function processesInEnvironment(mark: string): number[] {
  return readProc((environment) => environment.includes(mark), "environ");
}

/** Returns the environment of a process, on Linux; empty if it has just ended, or begins its program. */
export function environmentOf(pid: number): string {
  try {
    return Deno.readTextFileSync(`/proc/${pid}/environ`);
  } catch {
    return "";
  }
}

function readProc(isWanted: (text: string) => boolean, file = "cmdline"): number[] {
  const found: number[] = [];
  for (const { name } of Deno.readDirSync("/proc")) {
    if (!/^\d+$/.test(name) || Number(name) === Deno.pid) continue;
    try {
      // A zombie has no command line, and no environment.
      if (isWanted(Deno.readTextFileSync(`/proc/${name}/${file}`))) found.push(Number(name));
    } catch {
      // The process has just ended.
    }
  }
  return found;
}

function runPs(isWanted: (command: string) => boolean): number[] {
  const { stdout } = new Deno.Command("ps", { args: ["-axo", "pid=,args="] }).outputSync();
  return new TextDecoder().decode(stdout).split("\n")
    .filter(isWanted)
    .map((line) => Number.parseInt(line))
    .filter((pid) => pid !== Deno.pid);
}

/** Fails if a process with `mark` in its command line is alive. */
export function assertNoneLeft(mark: string): void {
  assertEquals(processesWith(mark), []);
}

/** Returns a word that is in no other command line. */
export function uniqueMark(): string {
  return `mark-${crypto.randomUUID()}`;
}

/** Waits until a condition holds. Fails after ten seconds, or after `patience` milliseconds. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  what: string,
  { patience = 10_000 }: { patience?: number } = {},
): Promise<void> {
  const deadline = Date.now() + patience;
  while (!await condition()) {
    if (Date.now() > deadline) throw new Error(`waited in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Reads text until it contains `wanted`, and returns what was read. Fails at the end of the text, and after ten seconds. */
export async function readUntil(
  reader: ReadableStreamDefaultReader<string>,
  wanted: string,
): Promise<string> {
  let text = "";
  const late = Promise.withResolvers<never>();
  const fail = (why: string) => new Error(`waited in vain for ${wanted}: ${why}:\n${text}`);
  const timer = setTimeout(() => late.reject(fail("ten seconds have passed")), 10_000);
  try {
    while (!text.includes(wanted)) {
      const { value, done } = await Promise.race([reader.read(), late.promise]);
      if (done) throw fail("the text has ended");
      text += value;
    }
    return text;
  } finally {
    clearTimeout(timer);
  }
}

/** Signals a process, unless it has just ended. */
export function signalIfThere(child: Deno.ChildProcess, signal: Deno.Signal): void {
  try {
    child.kill(signal);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
  }
}

/** Kills a process, which may have just ended. */
export function killIfThere(pid: number): void {
  try {
    Deno.kill(pid, "SIGKILL");
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** Whether a process is there and no zombie. */
export function isAlive(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) [ZX]/s.test(Deno.readTextFileSync(`/proc/${pid}/stat`));
  } catch {
    return false;
  }
}

/** Returns the children of a process in the order of their start, on Linux. */
export function childrenOf(pid: number): number[] {
  try {
    const children = Deno.readTextFileSync(`/proc/${pid}/task/${pid}/children`);
    return children.split(" ").filter((word) => word !== "").map(Number);
  } catch {
    return [];
  }
}

/**
 * Returns shell words that start a script in a session of its own, and go on once it is there: what is still in the group of its
 * worker would end with that. `$0` of the script is `mark`, a word of the shell. The process that has started it has ended.
 */
export function inSession(script: string, mark = '"$0"'): string {
  return `: "$(setsid sh -c ${quote(`exec >/dev/null 2>&1; ${script}`)} ${mark} &)"`;
}
