/**
 * Watch for progress displays in the output of a worker, such as that of tqdm.
 *
 * @module
 */
import type { OutputStream } from "../model/protocol.ts";
import {
  candidateOf,
  COMMON_FORMS,
  KNOWN_PROGRAMS,
  PatternRecognition,
} from "../output/protocol/recognition.ts";
import type { DisplayFacts } from "./observation.ts";

/** The number of lines that no pattern reads, after which no more are looked at. */
const MAX_UNREAD = 20_000;

/** Shows the lines of a worker to all patterns. */
export class DisplayWatch {
  readonly #option: string | undefined;
  readonly #given: PatternRecognition | undefined;
  readonly #known = new PatternRecognition(KNOWN_PROGRAMS);
  readonly #common = new PatternRecognition(COMMON_FORMS);
  #unread = 0;

  /** `option` is the pattern that was given. */
  constructor(option?: string) {
    this.#option = option;
    this.#given = option === undefined ? undefined : new PatternRecognition([candidateOf(option)]);
  }

  /** Looks at a line that is no signal, or at a state of a rewritten one. */
  look(text: string, stream: OutputStream): void {
    if (this.#unread >= MAX_UNREAD) return;
    const isRead = [this.#given, this.#known, this.#common]
      .map((recognition) => recognition?.look(text, stream)).includes(true);
    if (!isRead) this.#unread++;
  }

  /** Returns what was found. */
  facts(): DisplayFacts {
    const option = this.#option;
    const given = option === undefined ? undefined : { option, reading: this.#given?.any };
    return { given, known: this.#known.best, common: this.#common.best };
  }
}
