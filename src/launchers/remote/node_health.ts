/**
 * Machines that failed of late, so that others are preferred.
 *
 * @module
 */

/** For how long others are preferred to a machine that failed, in milliseconds. */
const TROUBLED_MS = 60_000;

/** Remembers which machines failed. */
export class NodeHealth {
  readonly #until = new Map<string, number>();

  /** Takes note of one that failed just now. */
  add(node: string | undefined): void {
    if (node !== undefined) this.#until.set(node, performance.now() + TROUBLED_MS);
  }

  /** Those that failed of late. */
  now(): string[] {
    const now = performance.now();
    return Array.from(this.#until).filter(([, until]) => until > now).map(([node]) => node);
  }
}
