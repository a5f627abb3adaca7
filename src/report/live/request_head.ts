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
  /** The header `Host`, or null if there is none. */
  readonly host: string | null;
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
  const path = target.startsWith("/") ? target.split(/[?#]/, 1)[0] : URL.parse(target)?.pathname;
  if (path === undefined) return undefined;
  const hosts = lines.map((line) => /^host:[ \t]*(.*?)[ \t]*$/i.exec(line)?.[1])
    .filter((host) => host !== undefined);
  if (hosts.length > 1) return undefined;
  return { method, path, host: hosts[0] ?? null };
}
