/** Nodes of the cluster … */
export const NODES = ["n1", "n2", "n3"] as const;
/** … each with so many processors. */
export const CPUS = 24;

/** The name of a node. */
export type NodeName = typeof NODES[number];
