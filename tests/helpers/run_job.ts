import {
  type ExecutorOptions,
  type GetCommand,
  type Reporter,
  type RunEvent,
  type RunOptions,
  type RunSummary,
  SubprocessExecutor,
  type TaskConfig,
} from "@lambdawaker/executor";
import { INITIAL_STATE, reduce, type RunState, summarize } from "@lambdawaker/executor/events";
import { assertEquals } from "@std/assert";

export interface JobResult {
  summary: RunSummary;
  events: RunEvent[];
  /** The state at the end. */
  state: RunState;
}

export interface JobOptions extends ExecutorOptions, RunOptions {
  onEvent?: (event: RunEvent) => void;
  onControl?: Reporter["control"];
}

/** Runs a job and returns its events. Checks that they reduce to its summary. */
export async function runJob(
  config: TaskConfig,
  getCommand: GetCommand,
  { onEvent, onControl, signal, handleSignals = false, output, ...options }: JobOptions = {},
): Promise<JobResult> {
  const events: RunEvent[] = [];
  const report = (event: RunEvent) => {
    events.push(event);
    onEvent?.(event);
  };
  const executor = new SubprocessExecutor(config, getCommand, options);
  const summary = await executor.run({ report, control: onControl }, {
    signal,
    handleSignals,
    output,
  });
  const state = events.reduce(reduce, INITIAL_STATE);
  assertEquals(summary, summarize(state));
  return { summary, events, state };
}

/** Runs a shell script as the only range of a job of ten items. */
export function runScript(
  script: string,
  config: Partial<TaskConfig> = {},
  options: JobOptions = {},
): Promise<JobResult> {
  return runJob({ totalItems: 10, numWorkers: 1, ...config }, () => ["sh", "-c", script], options);
}

/** Returns the events of one kind. */
export function ofKind<K extends RunEvent["kind"]>(
  { events }: JobResult,
  kind: K,
): (RunEvent & { kind: K })[] {
  return events.filter((event) => event.kind === kind) as (RunEvent & { kind: K })[];
}

/** Shell script that reports a message and runs until it is stopped. */
export const RUNS_UNTIL_STOPPED = 'echo "MESSAGE: here"; while :; do sleep 0.05; done';

/** Runs a script, and stops it at its first message. `took` is the time from the stop to the end, in milliseconds. */
export async function runStopped(
  script: string,
  { gracePeriod, ...options }: JobOptions & { gracePeriod: number },
): Promise<{ result: JobResult; took: number }> {
  const control = new AbortController();
  let stoppedAt = 0;
  const onEvent: JobOptions["onEvent"] = ({ kind }) => {
    if (kind !== "message") return;
    stoppedAt = performance.now();
    control.abort();
  };
  const stopping = { ...options, signal: control.signal, onEvent };
  const result = await runScript(script, { gracePeriod }, stopping);
  return { result, took: performance.now() - stoppedAt };
}
