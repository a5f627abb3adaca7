/**
 * Tests that need more than Deno: declares them, or skips them under a name that says what they lack.
 *
 * @module
 */
import { has, succeeds } from "./programs.ts";

/** Something that a test needs: a program, or a circumstance with a name. */
export type Need = string | { readonly name: string; readonly isMet: boolean };

/** What tests need, and what of that is missing here. */
export interface Needs {
  /** Whether they are skipped. */
  readonly ignore: boolean;
  readonly missing: readonly string[];
}

const isLinux = Deno.build.os === "linux";
const isRoot = isLinux && Deno.uid() === 0;

/** A /proc, and what else only Linux has. */
export const LINUX: Need = { name: "Linux", isMet: isLinux };
/** Signals and shells: any system but Windows. */
export const POSIX: Need = { name: "POSIX", isMet: Deno.build.os !== "windows" };
/** The right to become any other user. */
export const ROOT: Need = { name: "root", isMet: isRoot };
/** A small file system may be mounted. */
export const MOUNT: Need = {
  name: "the right to mount",
  get isMet() {
    return isRoot && succeeds("sh", ["-c", MOUNT_TRIAL]);
  },
};

const MOUNT_TRIAL = `folder=$(mktemp -d) && mount -t tmpfs none "$folder"
code=$?; umount "$folder"; rmdir "$folder"; exit $code`;

/** Returns what tests need, for {@linkcode testWith}. */
export function needs(...all: readonly Need[]): Needs {
  const missing = all.filter((need) => typeof need === "string" ? !has(need) : !need.isMet)
    .map((need) => typeof need === "string" ? need : need.name);
  return { ignore: missing.length > 0, missing };
}

/** Options of {@linkcode testWith}. */
export type NeedyOptions =
  & Needs
  & Pick<Deno.TestDefinition, "sanitizeOps" | "sanitizeResources" | "sanitizeExit">;

/** Declares a test. Where something is missing, it is skipped, and `tools/run_tests.ts` reads in its name what that is. */
export function testWith(
  name: string,
  { missing, ...options }: NeedyOptions,
  fn: (t: Deno.TestContext) => void | Promise<void>,
): void {
  Deno.test({ ...options, name: missing.length > 0 ? skippedName(name, missing) : name, fn });
}

function skippedName(name: string, missing: readonly string[]): string {
  return `${name} (needs ${missing.join(", ")})`;
}
