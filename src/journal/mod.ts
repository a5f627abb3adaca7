/**
 * Journals: the record of a job in a file. Another run resumes the job from it, and programs read its events.
 *
 * The first event of each run records {@linkcode JobOrigin}, {@linkcode ExecutorProcess} and {@linkcode Resplit} for later runs.
 * To write or read a journal, you need none of them.
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
