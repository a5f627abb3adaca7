/**
 * Refusal of other runtimes, for the modules that a program imports: import it first, and nothing else is evaluated there.
 *
 * @module
 */
import { unsupportedRuntime } from "./runtime.ts";

const problem = unsupportedRuntime();
if (problem !== undefined) {
  // The place of this check would help nobody.
  const traced: { stackTraceLimit?: number } = Error;
  const { stackTraceLimit } = traced;
  traced.stackTraceLimit = 0;
  const error = new Error(problem);
  traced.stackTraceLimit = stackTraceLimit;
  throw error;
}
