/**
 * List of failures and pending retries, shown in place of the panels.
 *
 * @module
 */
import type { RangeFailure, WorkerState } from "../../model/types.ts";
import { isWaiting, type RunState } from "../../model/state.ts";
import { countFailed } from "../../model/statuses.ts";
import { causeText, nameItems, plural, statusStyle } from "../wording.ts";
import { sanitize } from "../../terminal/sanitize.ts";
import { fitRow, type Row, span } from "../../terminal/style.ts";
import { fit } from "../../terminal/width.ts";

/**
 * Draws the ranges that wait for a retry, then those of the failed ones that the state keeps, latest first. The last row counts
 * those without room.
 */
export function drawFailureList(
  { workers, failures, counts }: RunState,
  { width, height }: { width: number; height: number },
): Row[] {
  const waiting = workers.filter(isWaiting);
  const rows = [
    ...waiting.slice(0, height).map(retryRow),
    ...failures.slice(-height).toReversed().map(failureRow),
  ];
  const count = waiting.length + countFailed(counts);
  if (count === 0) return [fitRow([span("no failures", "green")], width)];
  const shown = Math.min(rows.length, count > height ? Math.max(0, height - 1) : count);
  const rest: Row[] = count > shown
    ? [[span(`… +${plural(count - shown, "failure")}`, "dim")]]
    : [];
  return [...rows.slice(0, shown), ...rest].slice(0, height).map((row) => fitRow(row, width));
}

function retryRow({ status, extraData, attempt, maxAttempt, cause }: WorkerState): Row {
  return [
    span(`${fit(status, 9)}`, statusStyle(status)),
    span(`${sanitize(nameItems(extraData))} `, "bold"),
    span(`attempt ${attempt}/${maxAttempt}: ${sanitize(cause ? causeText(cause) : "")}`),
  ];
}

function failureRow(failure: RangeFailure): Row {
  const { status, attempts, cause, log } = failure;
  const last = log.at(-1);
  return [
    span(`${fit(status, 9)}`, statusStyle(status)),
    span(`${sanitize(nameItems(failure))} `, "bold"),
    span(`after ${plural(attempts, "attempt")}: ${sanitize(causeText(cause))}`),
    ...(last === undefined ? [] : [span(` │ ${sanitize(last)}`, "dim")]),
  ];
}
