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

/** The ways of scenarios that take long: the default one, as the gate has little time, or with this variable all of them. */
const WAYS_OF_LONG: readonly Way[] = Deno.env.get("EXECUTOR_TEST_WAYS") === "all"
  ? WAYS
  : ["pilots"];

/** Defines a test of a scenario that takes long, for the default way. `deno task test:cluster:all` runs it in both ways. */
export function inDefaultWay(name: string, test: (way: Way) => Promise<void>): void {
  for (const way of WAYS_OF_LONG) Deno.test(`${name} (${way})`, () => test(way));
}

/** Runs a part of a test in each way, one after the other: for parts that leave a cluster as it was. */
export async function stepInBothWays(
  t: Deno.TestContext,
  step: (way: Way) => Promise<void>,
): Promise<void> {
  for (const way of WAYS) await t.step(way, () => step(way));
}
