/**
 * Pointers to journals: small files in the state folder, by which runs with a journal of their own are found after their end.
 *
 * @module
 */
import { systemClock } from "../base/clock.ts";
import { isAbsolutePath } from "../base/paths.ts";
import { isRunInfo, type RunInfo } from "../reporters/control/registration.ts";
import { type RunStatus, statusOf } from "../reporters/control/run_status.ts";
import type { RunEvent, RunStartedEvent } from "../model/events.ts";
import type { Reporter } from "../model/reporter.ts";
import type { RunState } from "../model/state.ts";

/** What a pointer has. */
export interface Pointer {
  readonly info: RunInfo & { readonly journal: string };
  /** The status at the end of the run; absent if nobody saw its end. */
  readonly status?: RunStatus;
}

/** The most pointers in a folder … */
const MOST = 100;
/** … and those that are left if there are more. */
const LEFT = 50;
/** The failures that a pointer has at most. */
const MOST_FAILURES = 20;

/** Writes the pointer of a run when it begins, and again with its status when it ends. */
export class JournalPointer implements Reporter {
  readonly #folder: string;
  readonly #journal: string;
  #info: RunInfo | undefined;

  /**
   * @param state The state folder.
   * @param journal The path of the journal, which is absolute.
   */
  constructor(state: string, journal: string) {
    this.#folder = folderIn(state);
    this.#journal = journal;
  }

  /** Makes the pointer to a journal. Returns undefined if it needs none: it is in the state folder, or nobody can find it. */
  static to(journal: string | undefined, state: string | undefined): JournalPointer | undefined {
    if (journal === undefined || state === undefined || !isAbsolutePath(journal)) return undefined;
    return journal.startsWith(`${state}/`) ? undefined : new JournalPointer(state, journal);
  }

  /** See {@linkcode Reporter.report}. */
  report(event: RunEvent, state: RunState): void {
    if (event.kind === "run-started") {
      this.#info = { ...infoOf(event), journal: this.#journal };
      this.#write({ info: this.#info });
    }
    if (event.kind === "run-ended" && this.#info !== undefined) {
      const info = this.#info;
      const status = statusOf({ info, isLive: false, state, now: systemClock.now() });
      this.#write({ info, status: shorten(status) });
    }
  }

  #write(pointer: { info: RunInfo; status?: RunStatus }): void {
    try {
      Deno.mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
      const path = `${this.#folder}/${pointer.info.runId}.json`;
      const text = `${JSON.stringify(pointer)}\n`;
      Deno.writeTextFileSync(`${path}.new`, text, { mode: 0o600 });
      // Who reads it never sees a part of it.
      Deno.renameSync(`${path}.new`, path);
      prune(this.#folder);
    } catch {
      // Nobody asked for it.
    }
  }
}

/** Returns a status with few failures, and the last line of each: all are in the journal. */
function shorten({ failures = [], ...status }: RunStatus): RunStatus {
  const few = failures.slice(0, MOST_FAILURES);
  return { ...status, failures: few.map((one) => ({ ...one, log: one.log.slice(-1) })) };
}

/** Returns the newest pointers, `most` at most, the newest one first; of several to one journal, only the newest. */
export function newestPointers(state: string | undefined, most: number): Pointer[] {
  const found = new Map<string, Pointer>();
  for (const path of state === undefined ? [] : newestFiles(folderIn(state))) {
    const pointer = read(path);
    if (pointer !== undefined && !found.has(pointer.info.journal)) {
      found.set(pointer.info.journal, pointer);
    }
    if (found.size >= most) break;
  }
  return [...found.values()];
}

/** Returns the facts about a run that its first event has. */
export function infoOf(
  { runId, name, t, executor, directory, command, options }: RunStartedEvent,
): RunInfo {
  const program = command?.[0]?.split("/").at(-1) ?? "";
  return {
    runId,
    name: name ?? runId.slice(0, 8),
    title: typeof options?.title === "string" ? options.title : program,
    pid: executor?.pid ?? 0,
    startedAt: t,
    directory,
    command,
    logDir: typeof options?.logDir === "string" ? options.logDir : undefined,
  };
}

function folderIn(state: string): string {
  return `${state}/journals`;
}

function read(path: string): Pointer | undefined {
  try {
    const { info, status } = JSON.parse(Deno.readTextFileSync(path));
    if (!isRunInfo(info) || typeof info.journal !== "string") return undefined;
    // It may have been removed, or be on a disk that is not there now.
    if (!Deno.statSync(info.journal).isFile) return undefined;
    return { info: { ...info, journal: info.journal }, status };
  } catch {
    return undefined;
  }
}

/** Returns the paths of all pointers, the newest one first. */
function newestFiles(folder: string): string[] {
  const files: { path: string; changedAt: number }[] = [];
  try {
    for (const { name } of Deno.readDirSync(folder)) {
      if (!name.endsWith(".json")) continue;
      const path = `${folder}/${name}`;
      files.push({ path, changedAt: Deno.lstatSync(path).mtime?.getTime() ?? 0 });
    }
  } catch {
    // There is none, or one was just removed.
  }
  return files.sort((a, b) => b.changedAt - a.changedAt).map(({ path }) => path);
}

/** Removes the oldest pointers if there are too many. */
function prune(folder: string): void {
  if (Array.from(Deno.readDirSync(folder)).length <= MOST) return;
  for (const path of newestFiles(folder).slice(LEFT)) Deno.removeSync(path);
}
