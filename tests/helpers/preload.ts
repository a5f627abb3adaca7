/**
 * Functions of the C library that behave as on another system. Needs gcc, and Linux.
 *
 * @module
 */
import { assert } from "@std/assert";
import { succeeds } from "./programs.ts";

/** Returns variables of an environment in which a library with this source, in C, comes before all others. */
export function preload(folder: string, source: string): { LD_PRELOAD: string } {
  const path = `${folder}/${crypto.randomUUID()}`;
  Deno.writeTextFileSync(`${path}.c`, source);
  assert(succeeds("gcc", ["-shared", "-fPIC", "-o", `${path}.so`, `${path}.c`]));
  return { LD_PRELOAD: `${path}.so` };
}

/** Returns variables of an environment in which a function always ends with an error. */
export function withFailing(folder: string, call: string, errno: string): { LD_PRELOAD: string } {
  return preload(folder, `#include <errno.h>\nint ${call} { errno = ${errno}; return -1; }\n`);
}
