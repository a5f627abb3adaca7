/**
 * Outputs: they take what workers print, in the order of the items or as it comes; and the interface for your own.
 *
 * @example
 * ```ts
 * import { SubprocessExecutor } from "@lambdawaker/executor";
 * import { OrderedOutput } from "@lambdawaker/executor/output";
 *
 * const executor = new SubprocessExecutor({ totalItems: 2 }, () => ["date"]);
 * await executor.run([], { output: new OrderedOutput() });
 * ```
 *
 * @module
 */
import "../base/require_deno.ts";

export { LiveOutput, type LiveOutputOptions } from "./live_output.ts";
export { OrderedOutput, type OrderedOutputOptions } from "./ordered_output.ts";
export type { Output, OutputAttempt, OutputEnd, OutputRun, RangeOutput } from "./output.ts";
export type { WriteOptions } from "./output_writer.ts";
