/**
 * Process of an executor, as the record of its run has it.
 *
 * @module
 */
import type { NodeName } from "./names.ts";
import type { Count, Positive } from "./numbers.ts";

/** Facts that tell whether the process of an executor still lives. Those that it may not read are absent. */
export interface ExecutorProcess {
  /** Its process id, in `pidNamespace`. */
  readonly pid: Positive;
  /** When it started, in clock ticks since the start of the machine. */
  readonly startTicks?: Count;
  /**
   * The id of the last start of the machine.
   *
   * @pattern ^[0-9a-f-]{36}$
   */
  readonly bootId?: string;
  /**
   * The namespace of its process id, on Linux.
   *
   * @pattern ^pid:\[\d+\]$
   */
  readonly pidNamespace?: string;
  /** The name of the machine. */
  readonly host?: NodeName;
}
