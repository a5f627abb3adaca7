/**
 * Types of a bench: contestants that run in turns, and rows that compare their figures.
 *
 * @module
 */

/** The results of one run of a contestant, by the name of the figure. */
export type Figures = Readonly<Record<string, number>>;

/** A program that is measured: runs once, from its start to its end. */
export type Contestant = () => Promise<Figures>;

/** The target for our figure: a share of the peer's figure, or an absolute figure if there is no peer. */
export type Target = { readonly atLeast: number } | { readonly atMost: number };

/** One line of the table. */
export interface Row {
  readonly what: string;
  /** The name of the figure. */
  readonly figure: string;
  readonly unit: string;
  /** The peer that ours is compared with. */
  readonly peer?: string;
  /** Absent if the row is for information only. */
  readonly target?: Target;
}

/** A prepared bench; `ours` is one of its contestants. */
export interface OpenBench extends AsyncDisposable {
  /** Contestants that are not installed on this machine are `undefined`. */
  readonly contestants: Readonly<Record<string, Contestant | undefined>> & {
    readonly ours: Contestant;
  };
  readonly rows: readonly Row[];
}

/** Prepares a bench: files and peers. */
export type Bench = () => Promise<OpenBench>;
