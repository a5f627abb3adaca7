/**
 * Paths that are given as text or as a `file:` URL.
 *
 * @module
 */

/**
 * Returns a path as text.
 *
 * @throws {TypeError} If it is a URL of another kind.
 */
export function toPath(path: string | URL): string {
  if (!(path instanceof URL)) return path;
  if (path.protocol !== "file:") {
    throw new TypeError(`Cannot use a URL as a path as it must begin with file: – it is ${path}`);
  }
  const text = decodeURIComponent(path.pathname);
  // file:///C:/x is C:/x.
  return Deno.build.os === "windows" ? text.replace(/^\/(?=[A-Za-z]:)/, "") : text;
}
