/**
 * A run with its reporters and its output, from its start to the exit code.
 *
 * @module
 */
import {
  ControlReporter,
  type ControlReporterOptions,
} from "../reporters/control/control_reporter.ts";
import type { SubprocessExecutor } from "../engine/executor.ts";
import { awakeClock, withTimeout } from "../base/clock.ts";
import { wasIgnored } from "../base/inherited_signals.ts";
import { EndsRecorder } from "../journal/ends_recorder.ts";
import { type Journal, recordPath } from "../journal/journal.ts";
import { hasRun } from "../journal/reader.ts";
import type { Reporter, RunHandle } from "../model/reporter.ts";
import { SIGNAL_EXIT_CODES } from "../model/state.ts";
import type { StopSignal } from "../model/types.ts";
import type { AfterRun, AfterRunOptions } from "./after_run.ts";
import { LastResort } from "./last_resort.ts";
import { makeOutput } from "./output.ts";
import { RUN_OPTIONS } from "./options.ts";
import { asArgument, ownCommand } from "./own_command.ts";
import { makeReporters, type ReportersOptions } from "./reporters.ts";
import { StartNotice } from "./start_notice.ts";
import { openRecord, pruneRecords, stateFolder } from "./state_folder.ts";
import type { Warnings } from "./warnings.ts";

/** How long the last warnings may take to be printed if the run was stopped, in milliseconds. */
const LAST_WORDS_MS = 1_000;

/** How a run is watched and recorded. */
export interface WatchOptions
  extends Omit<ReportersOptions, "journal" | "record">, Omit<AfterRunOptions, "journal" | "title"> {
  journal?: Journal;
  /**
   * Whether a run without a journal leaves a record of its failures in the state folder.
   *
   * @default {false}
   */
  keepsRecord?: boolean;
  /**
   * Whether `executor resume` can begin the job again: its journal has the directory.
   *
   * @default {false}
   */
  isResumable?: boolean;
  /** Facts about the run for other commands, which reach it through a socket; absent if they cannot. */
  control?: Omit<ControlReporterOptions, "warn" | "terminate" | "title">;
  /** The file to write when the run has started, if it goes on in the background. */
  startNotice?: string;
  /**
   * Whether output of earlier runs is missing that this one does not print: its exit code is not 0 then.
   *
   * @default {false}
   */
  lacksOutput?: boolean;
  /** Warnings that the command prints while the run goes on. */
  warnings?: Warnings;
}

/** How the command is to end: with an exit code; by a signal if that stopped it. */
export interface CommandEnd {
  /** The exit code, which a shell also shows for the signal. */
  readonly code: number;
  readonly signal?: StopSignal;
}

/** Runs a job, and returns how the command is to end. */
export async function runAndWatch(
  executor: SubprocessExecutor,
  {
    journal,
    keepsRecord = false,
    isResumable = false,
    control,
    startNotice,
    lacksOutput = false,
    warnings,
    ...watch
  }: WatchOptions,
): Promise<CommandEnd> {
  const folder = keepsRecord && journal === undefined ? stateFolder() : undefined;
  let run: RunHandle | undefined;
  const recorder = makeRecorder(folder);
  let after: AfterRun | undefined;
  using opened = new DisposableStack();
  try {
    const place = journal && (() => recordPath(journal));
    const reporters = await makeReporters({
      ...watch,
      journal: place,
      record: () => recorder?.recorded,
      rerun: () => {
        // A list that was not read to its end can only be given again by the person.
        const isUnread = watch.readsStdin === true && run?.state.areRangesKnown === false;
        if (!isResumable || isUnread) return undefined;
        if (journal === undefined) return rerunCommand(recorder?.recorded);
        // On a full disk, nothing may be in it.
        const path = recordPath(journal);
        return hasRun(path) ? rerunCommand(path) : undefined;
      },
    }, opened);
    warnings?.connect(reporters);
    const output = await makeOutput(watch, reporters);
    const isSilent = watch.reporter === "quiet" || watch.reporter === "jsonl";
    const last = new LastResort({ isSilent });
    const warn = (text: string) => warnings?.warn(text);
    const socket = control === undefined ? [] : [
      new ControlReporter({
        ...control,
        title: watch.title,
        terminate: selfTerminator(),
        warn,
      }),
    ];
    after = await makeAfterRun({ ...watch, journal: place }, reporters);
    const watchers = [
      ...reporters,
      ...[recorder, after].filter((one) => one !== undefined),
      ...await journalPointers(control?.journal, { keepsRecord }),
      ...socket,
      ...startNotices(startNotice, { control, socket, warn }),
      last,
    ];
    run = executor.start(watchers, { journal, output });
    const ended = await run.summary;
    const summary = lacksOutput && ended.exitCode === 0 ? { ...ended, exitCode: 1 } : ended;
    const { exitCode, stoppedBy } = summary;
    // A run that was stopped does not wait for a reader of stderr that takes nothing.
    if (stoppedBy === undefined) await last.printed;
    else await withTimeout(last.printed, { ms: LAST_WORDS_MS, clock: awakeClock });
    const signal = await after?.finish(summary);
    if (signal !== undefined) return { code: SIGNAL_EXIT_CODES[signal], signal };
    if (stoppedBy?.kind === "signal") return { code: exitCode, signal: stoppedBy.signal };
    return { code: exitCode };
  } finally {
    after?.[Symbol.dispose]();
    recorder?.abandon();
    pruneRecords(folder, { written: recorder?.written });
  }
}

/** Makes what lets a run with a journal of its own be found after its end. */
async function journalPointers(
  journal: string | undefined,
  { keepsRecord }: { keepsRecord: boolean },
): Promise<Reporter[]> {
  if (journal === undefined || !keepsRecord) return [];
  const { JournalPointer } = await import("./journal_pointers.ts");
  const pointer = JournalPointer.to(journal, stateFolder());
  return pointer === undefined ? [] : [pointer];
}

/** Makes the reporter that tells the command which began a run in the background that the run has started. */
function startNotices(
  path: string | undefined,
  { control, socket: [socket], warn }: {
    control: WatchOptions["control"];
    socket: readonly ControlReporter[];
    warn: (text: string) => void;
  },
): Reporter[] {
  if (path === undefined || control === undefined || socket === undefined) return [];
  return [new StartNotice(path, { name: control.name, reachable: socket.settled, warn })];
}

/** Returns what sends SIGTERM to this process, unless that is ignored: a run that is stopped from elsewhere then ends as by that signal. */
function selfTerminator(): (() => void) | undefined {
  if (wasIgnored("SIGTERM")) return undefined;
  const isGranted = Deno.permissions.querySync({ name: "run" }).state === "granted";
  return isGranted ? () => Deno.kill(Deno.pid, "SIGTERM") : undefined;
}

function makeRecorder(folder: string | undefined): EndsRecorder | undefined {
  const file = openRecord(folder);
  return file && new EndsRecorder(file);
}

/** Makes what comes after the run, if anything does. */
async function makeAfterRun(
  options: AfterRunOptions,
  reporters: readonly Reporter[],
): Promise<AfterRun | undefined> {
  const { onEnd, onFailure, notify, hookTimeout = RUN_OPTIONS.hookTimeout.default } = options;
  if ([onEnd, onFailure, notify].every((option) => option === undefined)) return undefined;
  const { AfterRun } = await import("./after_run.ts");
  return new AfterRun({ ...options, hookTimeout }, reporters);
}

/** Returns the command that runs again what a journal does not have as done. */
function rerunCommand(journal: string | undefined): string | undefined {
  return journal === undefined ? undefined : ownCommand(["resume", asArgument(journal)]);
}
