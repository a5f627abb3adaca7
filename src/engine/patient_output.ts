/**
 * Output of a run whose methods may never answer.
 *
 * @module
 */
import type { AllFields } from "../base/all_fields.ts";
import type { Output, OutputRun, RangeOutput } from "../output/output.ts";
import type { Patience } from "./patience.ts";

/** Asks an output. A call at a range that does not answer is a warning, and rejects some time after the run is stopped. */
export class PatientOutput implements AllFields<Output> {
  readonly #output: Output;
  readonly #patience: () => Patience;
  /** See {@linkcode Output.open}. */
  readonly open: ((run: OutputRun) => void) | undefined;
  /** See {@linkcode Output.close}. The run itself waits for it. */
  readonly close: (() => Promise<void>) | undefined;
  /** See {@linkcode Output.abandon}. */
  readonly abandon: (() => void) | undefined;

  /** `patience` is asked for when the run has begun. */
  constructor(output: Output, patience: () => Patience) {
    this.#output = output;
    this.#patience = patience;
    this.open = output.open && ((run) => output.open?.(run));
    this.close = output.close && (async () => await output.close?.());
    this.abandon = output.abandon && (() => output.abandon?.());
  }

  /** See {@linkcode Output.writesStdout}. */
  get writesStdout(): boolean | undefined {
    return this.#output.writesStdout;
  }

  /** See {@linkcode Output.writesStderr}. */
  get writesStderr(): boolean | undefined {
    return this.#output.writesStderr;
  }

  /** See {@linkcode Output.reports}. */
  get reports(): Output["reports"] {
    return this.#output.reports;
  }

  /** See {@linkcode Output.range}. */
  range(index: number): RangeOutput {
    const range = this.#output.range(index);
    const wait = (method: string, answer: void | Promise<void>) => this.#wait(method, answer);
    const calls: AllFields<RangeOutput> = {
      begin: (attempt) => wait("begin", range.begin(attempt)),
      stdout: (bytes) => wait("stdout", range.stdout(bytes)),
      stderr: range.stderr && ((bytes) => wait("stderr", range.stderr?.(bytes))),
      overwriteStdout: range.overwriteStdout &&
        (() => wait("overwriteStdout", range.overwriteStdout?.())),
      overwriteStderr: range.overwriteStderr &&
        (() => wait("overwriteStderr", range.overwriteStderr?.())),
      end: (end) => wait("end", range.end(end)),
      release: range.release && (() => wait("release", range.release?.())),
    };
    return calls as RangeOutput;
  }

  #wait(method: string, answer: void | Promise<void>): void | Promise<void> {
    // Most calls of an output that keeps up are over when they return.
    if (answer === undefined) return;
    return this.#patience().answer(answer, {
      name: `${method}() of the output`,
      effect: "its worker waits for it",
    });
  }
}
