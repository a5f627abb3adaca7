/**
 * Identity of a process: tells it from every other one, also after its id was used again or the machine was restarted.
 *
 * @module
 */
import { mayReadProc, processIds } from "./proc.ts";

/** What identifies a process. What is not known is left out. */
export interface ProcessIdentity {
  /** Its id, in its own namespace of ids. */
  readonly pid: number;
  /** When it started, in clock ticks since the start of the machine. */
  readonly startTicks?: number;
  /** The machine, from its last start on. */
  readonly bootId?: string;
  /** The namespace that its id is from: a container has its own. */
  readonly pidNamespace?: string;
  /** The name of the machine, or of the container. */
  readonly host?: string;
}

/** Whether a process lives; `unseen` if that cannot be seen from here, as on another machine. */
export type ProcessLife = "alive" | "gone" | "unseen";

/** The highest id that a process may have. */
const MAX_PID = 2 ** 31 - 1;

/** The first namespace of process ids: whoever is in it sees the processes of all others. */
const INITIAL_NAMESPACE = "pid:[4026531836]";

/** Returns the identity of this process, as far as it may be read without prompting for permission. */
export function ownIdentity(): ProcessIdentity {
  const { pid } = Deno;
  if (!mayReadProc()) return { pid, host: hostName() };
  return {
    pid,
    startTicks: readStartTicks("self"),
    bootId: readLine("/proc/sys/kernel/random/boot_id", /^[0-9a-f-]{36}$/),
    pidNamespace: attempt(() => Deno.readLinkSync("/proc/self/ns/pid")),
    host: readLine("/proc/sys/kernel/hostname", /^[A-Za-z0-9][A-Za-z0-9._-]*$/),
  };
}

/** Returns whether the machine of a process is that of `own`, and was started again since: what was not on disk is lost. */
export function wasRestartedSince(
  { bootId, host }: ProcessIdentity,
  own: ProcessIdentity,
): boolean {
  return bootId !== undefined && own.bootId !== undefined && bootId !== own.bootId &&
    host === own.host;
}

/** Tells which processes live, as seen by this one at one moment. */
export class LivingProcesses {
  #own: ProcessIdentity | undefined;
  /** The ids of processes, by the time when they started. */
  #byStart: Map<number, string[]> | undefined;

  /** This process. */
  get own(): ProcessIdentity {
    return this.#own ??= ownIdentity();
  }

  /** Returns whether the process with an identity lives. */
  lifeOf({ pid, startTicks, bootId, pidNamespace, host }: ProcessIdentity): ProcessLife {
    const { own } = this;
    if (bootId === undefined || own.bootId === undefined || startTicks === undefined) {
      const isElsewhere = host !== undefined && own.host !== undefined && host !== own.host;
      return isElsewhere ? "unseen" : lifeOfId(pid);
    }
    if (bootId !== own.bootId) {
      return wasRestartedSince({ pid, bootId, host }, own) ? "gone" : "unseen";
    }
    const candidates = this.#startedAt(startTicks);
    if (candidates.some((id) => id === `${pid}` || idInNamespace(id) === `${pid}`)) return "alive";
    const isVisible = pidNamespace === own.pidNamespace || own.pidNamespace === INITIAL_NAMESPACE;
    return isVisible ? "gone" : "unseen";
  }

  #startedAt(startTicks: number): readonly string[] {
    this.#byStart ??= Map.groupBy(processIds(), (id) => readStartTicks(id) ?? NaN);
    return this.#byStart.get(startTicks) ?? [];
  }
}

/** Returns whether a process has an id, which may be that of another one by now. */
function lifeOfId(pid: number): ProcessLife {
  // Deno would take it for another number.
  if (pid > MAX_PID) return "gone";
  if (Deno.permissions.querySync({ name: "run" }).state !== "granted") return "unseen";
  try {
    // Signal 0 sends nothing, see kill(2). Deno accepts the number, its types do not.
    Deno.kill(pid, 0 as unknown as Deno.Signal);
    return "alive";
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "gone";
    return error instanceof Deno.errors.PermissionDenied ? "alive" : "unseen";
  }
}

/** Returns the id that a process has in its own namespace. */
function idInNamespace(pid: string): string | undefined {
  const status = attempt(() => Deno.readTextFileSync(`/proc/${pid}/status`)) ?? "";
  return /^NSpid:\t(.*)$/m.exec(status)?.[1]?.split("\t").at(-1);
}

/** Reads when a process started; returns undefined if it is a zombie or gone. */
function readStartTicks(pid: string): number | undefined {
  const stat = attempt(() => Deno.readTextFileSync(`/proc/${pid}/stat`));
  if (stat === undefined) return undefined;
  // proc(5): pid (comm) state …, where comm may hold any character; the start time is field 22.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [state] = fields;
  return state === "Z" || state === "X" ? undefined : Number(fields[19]);
}

/** Reads a file of one line; returns undefined if that is not as it should be. */
function readLine(path: string, pattern: RegExp): string | undefined {
  const line = attempt(() => Deno.readTextFileSync(path).trim());
  return line !== undefined && pattern.test(line) ? line : undefined;
}

function hostName(): string | undefined {
  const { state } = Deno.permissions.querySync({ name: "sys", kind: "hostname" });
  return state === "granted" ? Deno.hostname() : undefined;
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
