/**
 * The two ways in which workers are started on other machines, for scenarios that depend on it.
 *
 * @module
 */

/** By a pilot on each node, as it is by default; or each worker with an agent of its own, as where a node has no Deno. */
export type Way = "pilots" | "agents";

/** Both ways. */
export const WAYS: readonly Way[] = ["pilots", "agents"];

/** The value of `remoteDeno` that makes a launcher use a way. */
export function remoteDenoOf(way: Way): string | undefined {
  return way === "agents" ? "none" : undefined;
}

/** Arguments that make the command line use a way. */
export function argumentsOf(way: Way): string[] {
  return way === "agents" ? ["--remote-deno", "none"] : [];
}

/** Defines a test for each way. */
export function inBothWays(name: string, test: (way: Way) => Promise<void>): void {
  for (const way of WAYS) Deno.test(`${name} (${way})`, () => test(way));
}

/** Defines a test for the default way: for a long one whose subject is the same in both. */
export function withPilots(name: string, test: (way: Way) => Promise<void>): void {
  Deno.test(`${name} (pilots)`, () => test("pilots"));
}

/** Runs a part of a test in each way, one after the other: for parts that leave a cluster as it was. */
export async function stepInBothWays(
  t: Deno.TestContext,
  step: (way: Way) => Promise<void>,
): Promise<void> {
  for (const way of WAYS) await t.step(way, () => step(way));
}
