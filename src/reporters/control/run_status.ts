/**
 * Status of a run as other programs get it: its facts and figures at one moment.
 *
 * @module
 */
import { figuresOf, phaseOf, type RunFigures, type RunPhase } from "../../model/run_figures.ts";
import type { RunState } from "../../model/state.ts";
import type { RunInfo } from "./registration.ts";

/** The status of a run, as JSON. It has no figures if its state is unknown. */
export interface RunStatus extends RunInfo, Partial<RunFigures> {
  readonly status: RunPhase;
  /** The record of the run in the state folder, or its journal. */
  readonly record?: string;
}

/** How a state is known. */
export interface StatusSource {
  readonly info: RunInfo & { readonly record?: string };
  /** Whether the process of the run lives. */
  readonly isLive: boolean;
  readonly state?: RunState;
  /** The time for which figures are computed, in milliseconds since 1970. */
  readonly now: number;
}

/** Returns the status of a run. */
export function statusOf({ info, isLive, state, now }: StatusSource): RunStatus {
  const { runId, name, title, pid, startedAt, directory, command, logDir, journal, record } = info;
  return {
    ...{ runId, name, title, pid, startedAt, directory, command, logDir, journal },
    status: phaseOf(state, isLive),
    record: record ?? journal,
    ...(state === undefined ? {} : figuresOf(state, { now, isLive })),
  };
}
