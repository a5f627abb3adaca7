/**
 * Memory of nodes that failed recently, so that launchers can prefer others.
 *
 * @module
 */

/** For how long other nodes are preferred to one that failed, in milliseconds. */
const UNHEALTHY_MS = 60_000;
/** How long a launch waits for room before it looks again at nodes that have failed, in milliseconds. */
export const LOOK_AGAIN_MS = 1_000;

/** Remembers which nodes failed recently. */
export class NodeHealth {
  readonly #unhealthyUntil = new Map<string, number>();

  /** Records that a node failed just now; ignores a node that is not known. */
  recordFailure(node: string | undefined): void {
    if (node !== undefined) this.#unhealthyUntil.set(node, performance.now() + UNHEALTHY_MS);
  }

  /** Returns the nodes that new workers should run on: those that have not failed recently, or all if there is no other. */
  preferred<Node extends { readonly name: string }>(nodes: readonly Node[]): readonly Node[] {
    const unhealthy = this.unhealthy();
    const healthy = nodes.filter(({ name }) => !unhealthy.includes(name));
    return healthy.length > 0 ? healthy : nodes;
  }

  /** Returns the nodes that failed recently. */
  unhealthy(): string[] {
    const now = performance.now();
    return Array.from(this.#unhealthyUntil).filter(([, end]) => end > now).map(([node]) => node);
  }
}
