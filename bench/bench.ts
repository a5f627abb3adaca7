/**
 * What a bench is: contestants that run in turns, and rows that set their figures side by side.
 *
 * @module
 */

/** What one run of a contestant came to, by the name of the figure. */
export type Figures = Readonly<Record<string, number>>;

/** One of those that are measured: runs once, from its start to its end. */
export type Contestant = () => Promise<Figures>;

/** What is asked of ours: a share of the peer's figure, or a figure of its own where there is no peer. */
export type Target = { readonly atLeast: number } | { readonly atMost: number };

/** One line of the table. */
export interface Row {
  readonly what: string;
  /** Which of the figures. */
  readonly figure: string;
  readonly unit: string;
  /** Whom ours is set beside; its figure is the measure. */
  readonly peer?: string;
  /** Absent where a row is there to be known, not to be met. */
  readonly target?: Target;
}

/** A bench that was made ready; `ours` is one of the contestants. */
export interface OpenBench extends AsyncDisposable {
  /** Those that are not there on this machine are `undefined`. */
  readonly contestants: Readonly<Record<string, Contestant | undefined>> & {
    readonly ours: Contestant;
  };
  readonly rows: readonly Row[];
}

/** Makes a bench ready: files, peers. */
export type Bench = () => Promise<OpenBench>;
