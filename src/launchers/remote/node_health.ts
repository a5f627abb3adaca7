/**
 * Memory of nodes that failed recently, so that launchers can prefer others.
 *
 * @module
 */

/** For how long other nodes are preferred to one that failed, in milliseconds. */
const UNHEALTHY_MS = 60_000;

/** Remembers which nodes failed recently. */
export class NodeHealth {
  readonly #unhealthyUntil = new Map<string, number>();

  /** Records that a node failed just now; ignores a node that is not known. */
  recordFailure(node: string | undefined): void {
    if (node !== undefined) this.#unhealthyUntil.set(node, performance.now() + UNHEALTHY_MS);
  }

  /** Returns the nodes that failed recently. */
  unhealthy(): string[] {
    const now = performance.now();
    return Array.from(this.#unhealthyUntil).filter(([, end]) => end > now).map(([node]) => node);
  }
}
