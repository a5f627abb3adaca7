/**
 * Check that the program runs on a runtime that has everything it needs.
 *
 * @module
 */

/** The oldest Deno that has everything: it is the first one with `FsFile.tryLockSync`. */
export const OLDEST_DENO = "2.7";

/** The parts of `globalThis` that tell runtimes apart. */
interface Runtime {
  readonly Deno?: { readonly version: { readonly deno: string } };
  readonly Bun?: { readonly version: string };
  readonly process?: { readonly versions?: { readonly node?: string } };
}

/** Returns a sentence if the runtime is not Deno, or too old. Returns undefined if all is well. */
export function unsupportedRuntime(runtime: Runtime = globalThis as Runtime): string | undefined {
  const version = runtime.Deno?.version.deno;
  if (version !== undefined && isAtLeast(version, OLDEST_DENO)) return undefined;
  return `@lambdawaker/executor needs Deno ${OLDEST_DENO} or later: this is ${name(runtime)}`;
}

function name({ Deno, Bun, process }: Runtime): string {
  if (Deno !== undefined) return `Deno ${Deno.version.deno}`;
  if (Bun !== undefined) return `Bun ${Bun.version}`;
  const node = process?.versions?.node;
  return node === undefined ? "another runtime" : `Node.js ${node}`;
}

function isAtLeast(version: string, oldest: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [oldestMajor = 0, oldestMinor = 0] = oldest.split(".").map(Number);
  return major > oldestMajor || major === oldestMajor && minor >= oldestMinor;
}
