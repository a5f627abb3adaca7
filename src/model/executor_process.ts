/**
 * Process of an executor, as the record of its run has it.
 *
 * @module
 */
import type { NodeName } from "./names.ts";
import type { Count, Positive } from "./numbers.ts";

/** The process of an executor; tells whether it still lives. Facts that it may not read are absent. */
export interface ExecutorProcess {
  /** Its id, in its own namespace of ids. */
  readonly pid: Positive;
  /** When it started, in clock ticks since the start of the machine. */
  readonly startTicks?: Count;
  /**
   * The machine, from its last start on.
   *
   * @pattern ^[0-9a-f-]{36}$
   */
  readonly bootId?: string;
  /**
   * The namespace that its id is from.
   *
   * @pattern ^pid:\[\d+\]$
   */
  readonly pidNamespace?: string;
  /** The name of the machine. */
  readonly host?: NodeName;
}
