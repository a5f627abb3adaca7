/**
 * Versions of the program and of what it runs on, as a report of a fault needs them.
 *
 * @module
 */
import deno from "../../deno.json" with { type: "json" };

/** The version of this program. */
export const VERSION: string = deno.version;

/** The place of a module of Cliffy in a registry. */
const CLIFFY = /@cliffy\/command\/([^/\s]+)\//;

/** Describes the versions, one in a line. Must be called by Cliffy, which does not tell its own version. */
export function describeVersions(stack: string = new Error().stack ?? ""): string {
  const { deno: runtime, v8, typescript } = Deno.version;
  const { target, standalone } = Deno.build;
  const kind = standalone ? `${target}, compiled` : target;
  return [
    `executor ${VERSION}`,
    `deno ${runtime} (${kind})`,
    `v8 ${v8}`,
    `typescript ${typescript}`,
    `cliffy ${CLIFFY.exec(stack)?.[1] ?? "(part of the program)"}`,
  ].map((line) => `${line}\n`).join("");
}
