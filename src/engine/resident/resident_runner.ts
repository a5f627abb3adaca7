/**
 * Attempts by resident workers: keeps one process per worker, sends it ranges, and replaces it when it has ended.
 *
 * @module
 */
import { onAbort, unlessAborted } from "../../base/abort.ts";
import { isDone } from "../../model/statuses.ts";
import {
  type AttemptPlan,
  type AttemptResult,
  AttemptRunner,
  notStarted,
} from "../attempt_runner.ts";
