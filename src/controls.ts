/**
 * What a person may do to a run while it goes on.
 *
 * @module
 */

/** Handed to reporters that ask for it, such as one with keys. */
export interface RunControls {
  /** Lets what runs end, and starts nothing more. */
  drain(): void;
  /** Starts nothing, neither ranges nor retries, until called with `false`. */
  setPaused(paused: boolean): void;
  /**
   * Changes the number of workers, at least 1: further ones take up work at once, those that are too many end after the
   * range that they have.
   */
  setWorkers(count: number): void;
}
