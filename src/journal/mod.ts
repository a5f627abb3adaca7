/**
 * Journals: the record of a job in a file, from which another run resumes it, and from which programs read its events.
 *
 * `ExecutorProcess`, `JobOrigin` and `Resplit` are what its first event records for a run that resumes the job.
 *
 * @example
 * ```ts
 * import { SubprocessExecutor } from "@lambdawaker/executor";
 * import { Journal } from "@lambdawaker/executor/journal";
 *
 * const path = await Deno.makeTempFile();
 * const executor = new SubprocessExecutor({ totalItems: 3 }, () => ["true"]);
 * await executor.run([], { journal: new Journal(path) });
 * await Deno.remove(path);
 * ```
 *
 * @module
 */
import "../base/require_deno.ts";

export { Journal, type JournalOptions } from "./journal.ts";
export { JournalError } from "./journal_error.ts";
export { readJournal } from "./reader.ts";
export type { ExecutorProcess } from "../model/executor_process.ts";
export type { ItemSource, JobOrigin, OptionValue } from "../model/job_origin.ts";
export type { Resplit } from "../model/ranges.ts";
