/**
 * State of a run as JSON for other programs: its figures, and the first running workers.
 *
 * @module
 */
import { terminalJson } from "../../base/terminal_json.ts";
import { figuresOf, MAX_LISTED, phaseOf } from "../../model/run_figures.ts";
import { isRunning, type RunState } from "../../model/state.ts";
import type { WorkerState } from "../../model/types.ts";

/** Version of the JSON. Later versions may have more fields. */
const VERSION = 1;

/** Encodes a state at the time `now`, in milliseconds since 1970; `docs/report.md` describes the fields. */
export function encodeState(
  state: RunState,
  { title, now }: { title: string; now: number },
): string {
  const fields = {
    v: VERSION,
    runId: state.runId,
    title,
    status: phaseOf(state, true),
    startedAt: state.startedAt,
    ...figuresOf(state, { now, isLive: true }),
    running: firstRunning(state),
  };
  return `${terminalJson(fields)}\n`;
}

function firstRunning({ workers }: RunState): object[] {
  const running: WorkerState[] = [];
  for (const worker of workers) {
    if (running.length >= MAX_LISTED) break;
    if (isRunning(worker)) running.push(worker);
  }
  return running.map((worker) => ({
    worker: worker.index,
    range: worker.extraData.range,
    startIndex: worker.extraData.startIndex,
    endIndex: worker.extraData.endIndex,
    item: worker.item?.slice(0, 1_000),
    attempt: worker.attempt,
    status: worker.status,
    progress: worker.progress,
    message: worker.message.slice(0, 1_000),
    startedAt: worker.startedAt,
    node: worker.node,
  }));
}
