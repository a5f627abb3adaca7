/**
 * Parts of a path, as `node:path` has them. Its import takes 6 ms, so it is loaded on Windows only. (Row start of bench/.)
 *
 * @module
 */

/** The parts of a path. */
export interface PathParts {
  /** The folder, as far as it is written. */
  readonly dir: string;
  /** The name without the folder; slashes at the end do not count. */
  readonly base: string;
  /** The name without its extension. */
  readonly name: string;
  /** The extension with its dot. */
  readonly ext: string;
}

interface NodePath {
  parse(path: string): PathParts;
  dirname(path: string): string;
}

/** Returns `node:path` on Windows, whose paths have drives and two separators. */
function windowsPath(): NodePath | undefined {
  if (Deno.build.os !== "windows") return undefined;
  const { process } = globalThis as unknown as {
    process: { getBuiltinModule(name: "node:path"): NodePath };
  };
  return process.getBuiltinModule("node:path");
}

/** Splits a path into its parts. */
export function parse(path: string): PathParts {
  return windowsPath()?.parse(path) ?? parsePosix(path);
}

/** Returns the folder of a path, `.` if it names none. */
export function dirname(path: string): string {
  return windowsPath()?.dirname(path) ?? dirnamePosix(path);
}

function parsePosix(path: string): PathParts {
  const root = path.startsWith("/") ? 1 : 0;
  const end = endOfName(path, root);
  const slash = path.lastIndexOf("/", end - 1);
  const base = path.slice(Math.max(slash + 1, root), end);
  const dir = end > root && slash >= root ? path.slice(0, slash) : path.slice(0, root);
  const dot = base.lastIndexOf(".");
  // As in node:path, the name of `/..` has an extension, though that of `..` has none.
  const isParent = base === ".." && (root === 0 || slash >= root);
  const hasExtension = dot > 0 && !isParent;
  return {
    dir,
    base,
    name: hasExtension ? base.slice(0, dot) : base,
    ext: hasExtension ? base.slice(dot) : "",
  };
}

function dirnamePosix(path: string): string {
  const slash = path.lastIndexOf("/", endOfName(path, 1) - 1);
  if (slash < 1) return path.startsWith("/") ? "/" : ".";
  return slash === 1 && path.startsWith("/") ? "//" : path.slice(0, slash);
}

/** Returns the index after the last character that is no slash; at least that of the first name. */
function endOfName(path: string, start: number): number {
  let end = path.length;
  while (end > start && path[end - 1] === "/") end--;
  return end;
}
