/**
 * Head of an HTTP/1 request: the request line and the headers that matter here.
 *
 * @module
 */

/** What a client asks for. */
export interface RequestHead {
  readonly method: string;
  /** The path, without the query. */
  readonly path: string;
  /** The query, without its question mark. */
  readonly query: string;
  /** The header `Host`, or null if there is none. */
  readonly host: string | null;
  /** The token of the header `Authorization: Bearer TOKEN`, or null if there is none. */
  readonly bearer: string | null;
}

/** Returns the index behind the empty line that ends a head, or undefined if there is none yet. */
export function endOfHead(bytes: Uint8Array): number | undefined {
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) {
    if (bytes[at + 1] === 10) return at + 2;
    if (bytes[at + 1] === 13 && bytes[at + 2] === 10) return at + 3;
  }
  return undefined;
}

/** Parses a head. Returns undefined if it is not one, or has several hosts. */
export function parseHead(bytes: Uint8Array): RequestHead | undefined {
  const [first = "", ...lines] = new TextDecoder("latin1").decode(bytes).split(/\r?\n/);
  const [, method, target] = /^([A-Z]+) (\S+) HTTP\/1\.[01]$/.exec(first) ?? [];
  if (method === undefined || target === undefined) return undefined;
  // A proxy may send the whole URL.
  const [path, query] = target.startsWith("/") ? splitTarget(target) : splitUrl(URL.parse(target));
  if (path === undefined) return undefined;
  const hosts = valuesOf(lines, /^host:[ \t]*(.*?)[ \t]*$/i);
  const bearers = valuesOf(lines, /^authorization:[ \t]*bearer +([^ \t]+)[ \t]*$/i);
  if (hosts.length > 1 || bearers.length > 1) return undefined;
  return { method, path, query, host: hosts[0] ?? null, bearer: bearers[0] ?? null };
}

function splitTarget(target: string): [path: string | undefined, query: string] {
  const [, path, query = ""] = /^([^?#]*)(?:\?([^#]*))?/.exec(target) ?? [];
  return [path, query];
}

function splitUrl(url: URL | null): [path: string | undefined, query: string] {
  return [url?.pathname, url?.search.slice(1) ?? ""];
}

/** Returns what the pattern of a header has caught, for each header that matches. */
function valuesOf(lines: readonly string[], pattern: RegExp): string[] {
  return lines.map((line) => pattern.exec(line)?.[1]).filter((value) => value !== undefined);
}
