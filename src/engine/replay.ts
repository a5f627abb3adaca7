/**
 * Replay of a range: its output is written again from its results, without its work.
 *
 * @module
 */
import type { WorkerState } from "../model/types.ts";
import type { DoneRange, OutputFanout } from "../output/output_fanout.ts";
import type { ResultsDirectory } from "../output/results.ts";

/** What a replay needs. */
export interface ReplayOptions {
  /** The worker that it occupies. */
  readonly idle: WorkerState;
  readonly outputs: OutputFanout;
  /** Has what the range printed. */
  readonly results: ResultsDirectory;
}

/** Writes the output of a range that is done. Output that cannot be written is lost, and the range is not done. */
export async function replayRange(
  { range, startIndex, endIndex, items, attempts, status }: DoneRange,
  { idle, outputs, results }: ReplayOptions,
): Promise<void> {
  const extraData = { range, startIndex, endIndex, items };
  const output = outputs.replay(range);
  try {
    await output.begin({ worker: { ...idle, attempt: attempts, extraData }, continues: false });
    for (const stream of ["stdout", "stderr"] as const) {
      if (!output.wants(stream)) continue;
      for await (const bytes of await results.openStream(range, stream)) {
        await output[stream](bytes);
      }
    }
  } catch (error) {
    output.lose(error);
  }
  if (output.loss === undefined) await output.keep({ status, counts: true });
  if (output.loss !== undefined) await output.end({ status, cause: output.loss, counts: false });
  output.published({ range, startIndex, endIndex, items, attempts, status });
}
