/**
 * Answers of a resident worker that end no range: they are told, and a worker that relies on one is ended.
 *
 * @module
 */
import { AnswerWatch, type AnswerWatchOptions } from "./answer_watch.ts";

/** Options of {@linkcode WrongAnswers}. */
export interface WrongAnswersOptions extends Omit<AnswerWatchOptions, "onSilence"> {
  /** Returns the id of the order that is to be answered next, if there is one, and that of the last one that was sent. */
  readonly ids: () => { readonly next: number | undefined; readonly last: number };
  /** Returns whether a range is waiting for its answer. */
  readonly hasRange: () => boolean;
  /** Publishes a sentence about an answer. */
  readonly warn: (text: string) => void;
  /** Called with the reason if the worker has to be ended. */
  readonly onFault: (message: string) => void;
}

/** Takes notice of such answers. */
export class WrongAnswers implements Disposable {
  readonly #options: WrongAnswersOptions;
  readonly #watch: AnswerWatch;

  constructor(options: WrongAnswersOptions) {
    this.#options = options;
    const { onFault } = options;
    this.#watch = new AnswerWatch({
      ...options,
      onSilence: (fault) =>
        onFault(`the resident worker ${fault}, and has done nothing since then`),
    });
  }

  /** Takes notice of an answer with another id than that of the range, or of another answer to a range that has one. */
  note(line: string, { id, hasAnswer }: { id: number; hasAnswer: boolean }): void {
    const { next, last } = this.#options.ids();
    if (id > last) return this.#noteWrong(line, "with an id that it has not got");
    if (hasAnswer || next === undefined || id <= next) return this.#noteSecond(line);
    // It would never answer the older one.
    this.#options.onFault(
      `the resident worker answered range ${id} of its process before range ${next}: ` +
        "it must answer in the order in which it is sent ranges",
    );
  }

  /** Takes notice of an answer without an id. */
  noteUnnamed(line: string): void {
    this.#noteWrong(line, "without an id");
  }

  /** Takes notice of an answer that does not begin a line. */
  noteGlued(answer: string): void {
    this.#tell(answer, { how: "behind other text", rule: "it must begin a line" });
  }

  /** See {@linkcode AnswerWatch.notePrinted}. */
  notePrinted(): void {
    this.#watch.notePrinted();
  }

  /** Ends the watch: the worker has answered, or has ended. */
  [Symbol.dispose](): void {
    this.#watch[Symbol.dispose]();
  }

  #noteWrong(line: string, how: string): void {
    const { next, last } = this.#options.ids();
    const rule = `it must be like "STATUS: SUCCESS ${next ?? last}", with the id of the range`;
    this.#tell(line, { how, rule });
  }

  #noteSecond(line: string): void {
    this.#options.warn(
      `a resident worker printed ${
        JSON.stringify(line)
      } after it had answered that range, which changes nothing: only the first answer counts`,
    );
  }

  /** Warns of an answer after which the worker may take its range for answered. */
  #tell(line: string, { how, rule }: { how: string; rule: string }): void {
    const fault = `printed ${JSON.stringify(line)} ${how}, which ends no range: ${rule}`;
    this.#options.warn(`a resident worker ${fault}`);
    if (this.#options.hasRange()) this.#watch.start(fault);
  }
}
