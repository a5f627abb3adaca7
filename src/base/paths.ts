/**
 * Paths that are given as text or as a `file:` URL, and the working directory.
 *
 * @module
 */

import { escapeHidden } from "./surrogate_escape.ts";

/**
 * Returns a path as text.
 *
 * @throws {TypeError} If it is a URL of another kind, or no file can have that path: the runtime would take another one, in
 * which something is replaced.
 */
export function toPath(path: string | URL): string {
  const text = path instanceof URL ? pathOf(path) : path;
  if (isPassable(text)) return text;
  const fault = text.includes("\0") ? "contains a NUL" : "is not UTF-8";
  throw new TypeError(`Cannot use "${escapeHidden(text)}" as a path as it ${fault}`);
}

/** Returns whether a path means the same in every working directory. */
export function isAbsolutePath(path: string): boolean {
  return Deno.build.os === "windows" ? /^(?:[\\/]|[A-Za-z]:)/.test(path) : path.startsWith("/");
}

/** Returns the working directory; undefined if it may not be read, was removed, or has a name that is not UTF-8. */
export function currentDirectory(): string | undefined {
  try {
    const { state } = Deno.permissions.querySync({ name: "read", path: "." });
    return state === "granted" ? Deno.cwd() : undefined;
  } catch {
    return undefined;
  }
}

/** Returns whether a text reaches the system as it is, as a path, an argument or a variable. */
export function isPassable(text: string): boolean {
  return text.isWellFormed() && !text.includes("\0");
}

function pathOf(url: URL): string {
  if (url.protocol !== "file:") {
    throw new TypeError(`Cannot use a URL as a path as it must begin with file: – it is ${url}`);
  }
  const text = decode(url);
  // file:///C:/x is C:/x.
  return Deno.build.os === "windows" ? text.replace(/^\/(?=[A-Za-z]:)/, "") : text;
}

function decode(url: URL): string {
  try {
    return decodeURIComponent(url.pathname);
  } catch {
    throw new TypeError(`Cannot use a URL as a path as it is not UTF-8: ${url}`);
  }
}
