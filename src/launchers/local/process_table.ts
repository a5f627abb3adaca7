/**
 * Table of the processes of this machine, as a look at /proc shows them.
 *
 * @module
 */
import { exhaustedResource } from "../../base/errors.ts";
import { isInExec, newestProcessId, processIds, readStat, seesProcesses } from "../../base/proc.ts";
import { OUTER_IDS, outerIdsOf, REAPER_OF } from "../../model/names.ts";
import { attemptIdsOf, type NamedAttempts, NO_ATTEMPTS, type SeenProcess } from "./seen_process.ts";
import { lookByShell, signalByShell } from "./shell_look.ts";

/** The processes that one look saw. */
export class ProcessTable {
  readonly #processes = new Map<number, SeenProcess>();
  #attempts: Map<string, SeenProcess[]> | undefined;
  readonly #indexes = new Map<keyof SeenProcess, Map<unknown, SeenProcess[]>>();

  /** When the look began, by `performance.now()`: it shows every process that was there by then and is alive. */
  readonly begunAt: number;

  constructor(processes: Iterable<SeenProcess>, { begunAt = performance.now() } = {}) {
    this.begunAt = begunAt;
    for (const process of processes) this.#processes.set(process.pid, process);
  }

  /** Returns all processes. */
  all(): Iterable<SeenProcess> {
    return this.#processes.values();
  }

  /** Returns a process by its id. */
  get(pid: number): SeenProcess | undefined {
    return this.#processes.get(pid);
  }

  /** Returns the processes whose field has this value. */
  where<K extends keyof SeenProcess>(field: K, value: SeenProcess[K]): readonly SeenProcess[] {
    let index = this.#indexes.get(field);
    if (index === undefined) {
      index = Map.groupBy(this.#processes.values(), (process) => process[field]);
      this.#indexes.set(field, index);
    }
    return index.get(value) ?? [];
  }

  /** Returns the processes of an attempt, with those that executors among its workers have started. */
  inAttempt(attemptId: string): readonly SeenProcess[] {
    if (this.#attempts === undefined) {
      this.#attempts = new Map();
      for (const process of this.#processes.values()) {
        for (const id of attemptIdsOf(process)) {
          const others = this.#attempts.get(id);
          if (others === undefined) this.#attempts.set(id, [process]);
          else others.push(process);
        }
      }
    }
    return this.#attempts.get(attemptId) ?? [];
  }

  /** Returns these processes, and all that descend from them. */
  withDescendants(roots: Iterable<SeenProcess>): Set<SeenProcess> {
    const found = new Set(roots);
    for (const { pid } of found) {
      for (const child of this.where("parent", pid)) found.add(child);
    }
    return found;
  }
}

/** For how long a look serves those who cannot wait for the next one, in milliseconds. */
const LOOK_MS = 20;
/** Looks take at most one part of this number of the time … */
const PACE = 4;
/** … but nobody waits longer for one, in milliseconds: one during which this process was stopped seems to take long. */
const MAX_PAUSE_MS = 1_000;

let last: { readonly table: ProcessTable; readonly at: number; readonly took: number } | undefined;
let next: Promise<ProcessTable | undefined> | undefined;

/** Looks now, or returns a look that is a few milliseconds old. Returns undefined where they cannot be seen. */
export function lookNow(): ProcessTable | undefined {
  if (last !== undefined && performance.now() < last.at + Math.max(LOOK_MS, last.took)) {
    return last.table;
  }
  return look();
}

/** Resolves to a look that begins after this call; all callers of one moment share it. */
export function lookNext(): Promise<ProcessTable | undefined> {
  return next ??= (async () => {
    const { at = 0, took = 0 } = last ?? {};
    const pause = at + Math.max(LOOK_MS, pauseAfterLook(took)) - performance.now();
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, pause)));
    next = undefined;
    return look();
  })();
}

/** Returns how long to wait after a look at all processes before the next one, in milliseconds; `took` is what it took. */
export function pauseAfterLook(took: number): number {
  return Math.min(PACE * took, MAX_PAUSE_MS);
}

/** Returns whether the processes can be seen. */
export function canLook(): boolean {
  return seesProcesses() || lookNow() !== undefined;
}

/** Looks at all processes. Returns undefined where they cannot be seen. */
export function look(): ProcessTable | undefined {
  const startedAt = performance.now();
  try {
    const processes = seesProcesses() ? readAll() : lookByShell();
    if (processes === undefined) return undefined;
    const table = new ProcessTable(processes, { begunAt: startedAt });
    const at = performance.now();
    last = { table, at, took: at - startedAt };
    return table;
  } catch {
    // Too few descriptors, for example.
    return undefined;
  }
}

/** Most processes that are read though they were started during a look … */
const MAX_LATE = 64;
/** … and how often it is asked whether there are newer ones. */
const LATE_ROUNDS = 8;

function* readAll(): Generator<SeenProcess> {
  const names = processIds();
  const newest = newestProcessId();
  const patience = new ExecPatience();
  yield* readEach(names, read, patience);
  if (newest === undefined) return;
  // A process that starts another one and exits may be gone before it is read. Its successor is among the newest.
  for (let round = 0, seen = newest; round < LATE_ROUNDS; round++) {
    const last = newestProcessId() ?? seen;
    if (last <= seen) return;
    const late: string[] = [];
    for (let pid = last; pid > Math.max(seen, last - MAX_LATE); pid--) late.push(`${pid}`);
    yield* readEach(late, read, patience);
    seen = last;
  }
}

/** How often one look waits for programs that are being started, a millisecond each time. */
const EXEC_WAITS = 50;
/** Memory that nobody changes, to wait on: nothing else may happen during a look. */
const unchanged = new Int32Array(new SharedArrayBuffer(4));

/** The waits of one look for processes in the middle of execve(2). */
class ExecPatience {
  #waits = 0;

  get isOver(): boolean {
    return this.#waits >= EXEC_WAITS;
  }

  wait(): void {
    this.#waits++;
    Atomics.wait(unchanged, 0, 0, 1);
  }
}

/**
 * Reads each process. While one is in the middle of execve(2), its attempts are unknown: it is read again, after all others. If
 * that lasts too long, it counts as one without attempts.
 *
 * @param readOne Reads a process with its attempts; returns undefined if it is not wanted.
 */
function* readEach<T>(
  names: readonly string[],
  readOne: (name: string, attemptsOf: () => NamedAttempts) => T | undefined,
  patience = new ExecPatience(),
): Generator<T> {
  for (let unread = names; unread.length > 0;) {
    const inExec: string[] = [];
    for (const name of unread) {
      let isKnown = true;
      const process = readOne(name, () => {
        const attempts = readAttempts(name);
        isKnown = attempts !== undefined || patience.isOver;
        return attempts ?? NO_ATTEMPTS;
      });
      if (!isKnown) inExec.push(name);
      else if (process !== undefined) yield process;
    }
    unread = inExec;
    if (unread.length > 0) patience.wait();
  }
}

/** What tells which processes belong to a run. */
export interface RunMarks {
  readonly isInRun: (attemptId: string, pid: string) => boolean;
  readonly isSession: (session: number) => boolean;
}

/**
 * Finds the processes of a run. It reads the environment and the session of every process, and all else of those that it finds
 * only. Returns none where processes cannot be seen.
 *
 * @param ids The ids of the processes that are looked at. If it is left out, all are.
 */
export function findInRun(
  { isInRun, isSession }: RunMarks,
  ids?: readonly string[],
): SeenProcess[] {
  try {
    if (!seesProcesses()) {
      return Array.from(look()?.all() ?? []).filter((process) =>
        isSession(process.session) ||
        attemptIdsOf(process).some((id) => isInRun(id, `${process.pid}`))
      );
    }
    return Array.from(readEach(ids ?? processIds(), (name, attemptsOf) => {
      const attempts = attemptsOf();
      const isMarked = attemptIdsOf(attempts).some((id) => isInRun(id, name));
      if (!isMarked && !isSession(readStat(name)?.session ?? 0)) return undefined;
      return read(name, () => attempts);
    }));
  } catch {
    // Too few descriptors, for example.
    return [];
  }
}

/** Reads what /proc shows of a process. Returns undefined if it has ended, or is a thread of the kernel. */
function read(
  name: string,
  attemptsOf: () => NamedAttempts,
): SeenProcess | undefined {
  const stat = readStat(name);
  if (stat === undefined || stat.isKernel) return undefined;
  const pid = Number(name);
  const isForeign = Deno.uid() !== 0 && readOwner(name) !== Deno.uid() && !mayBeSignalled(pid);
  const { start, parent, group, session } = stat;
  const attempts = isForeign ? NO_ATTEMPTS : attemptsOf();
  return { pid, start, parent, group, session, isForeign, ...attempts };
}

/**
 * Returns whether a process is ours though its files in /proc belong to another user, as those of one that must not be read
 * do.
 */
function mayBeSignalled(pid: number): boolean {
  try {
    // Signal 0 sends nothing, see kill(2). Deno accepts the number, its types do not.
    Deno.kill(pid, 0 as unknown as Deno.Signal);
    return true;
  } catch {
    return false;
  }
}

/** Reads the user whose process it is; undefined if it is gone. */
export function readOwner(pid: string): number | null | undefined {
  try {
    return Deno.statSync(`/proc/${pid}`).uid;
  } catch {
    return undefined;
  }
}

/**
 * Reads which attempts the environment of a process names. Returns undefined if it is in the middle of execve(2).
 *
 * @throws If there are too few descriptors to know.
 */
export function readAttempts(pid: string): NamedAttempts | undefined {
  const environment = readEnvironment(pid);
  if (environment === undefined) return undefined;
  const attemptId = valueIn(environment, "EXECUTOR_ATTEMPT_ID");
  if (attemptId === undefined) return NO_ATTEMPTS;
  const outer = valueIn(environment, OUTER_IDS);
  const outerIds = outer === undefined ? [] : outerIdsOf(outer);
  return { attemptId, outerIds, reaperOf: valueIn(environment, REAPER_OF) };
}

/** Returns the value of a variable; undefined if it is not there. */
function valueIn(environment: string, name: string): string | undefined {
  const [variable, later] = [`${name}=`, `\0${name}=`];
  const at = environment.startsWith(variable) ? 0 : environment.indexOf(later) + 1;
  if (at === 0 && !environment.startsWith(variable)) return undefined;
  return environment.slice(at + variable.length).split("\0", 1)[0];
}

/**
 * Returns whether `NAME=value` is in the environment of a process; false if it is in the middle of execve(2).
 *
 * @throws If there are too few descriptors to know.
 */
export function hasVariable(pid: string, variable: string): boolean {
  return readEnvironment(pid)?.split("\0").includes(variable) === true;
}

/**
 * Reads the environment of a process; empty if it has ended, or does not let itself be read. Returns undefined if it is in the
 * middle of execve(2).
 */
function readEnvironment(pid: string): string | undefined {
  const file = `/proc/${pid}/environ`;
  try {
    const environment = Deno.readTextFileSync(file);
    if (environment !== "") return environment;
    // The execve(2) may have ended since.
    return isInExec(pid) ? undefined : Deno.readTextFileSync(file);
  } catch (error) {
    if (exhaustedResource(error) !== undefined) throw error;
    return "";
  }
}

/** Signals a process, unless its number is that of another one by now. */
export function signalProcess(process: SeenProcess, signal: Deno.Signal): void {
  const { pid, start } = process;
  try {
    if (!seesProcesses()) signalByShell(process, signal);
    else if (readStat(`${pid}`)?.start === start) Deno.kill(pid, signal);
  } catch {
    // It has ended, or is out of reach.
  }
}
