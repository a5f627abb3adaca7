/**
 * Where a live page is served.
 *
 * @module
 */

/** An address to listen at. */
export interface ServeAddress {
  /** A name or an address of this machine. */
  readonly hostname: string;
  /** 0 for any that is free. */
  readonly port: number;
}

/** Only this machine can reach it. */
export const DEFAULT_ADDRESS: ServeAddress = { hostname: "127.0.0.1", port: 0 };

/**
 * Reads `8080`, `:8080`, `localhost:8080`, `0.0.0.0:8080` or `[::1]:8080`; without a host it is the loopback, and nothing at
 * all is a free port of it.
 *
 * @returns Nothing when the text is no address.
 *
 * @example
 * ```ts
 * import { parseServeAddress } from "./address.ts";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(parseServeAddress("[::1]:8080"), { hostname: "::1", port: 8080 });
 * assertEquals(parseServeAddress("localhost"), undefined);
 * ```
 */
export function parseServeAddress(text = ""): ServeAddress | undefined {
  if (text === "") return DEFAULT_ADDRESS;
  const match = /^(?:(?:\[([0-9a-f:.]+)\]|([\w.-]*)):)?(\d{1,5})$/i.exec(text);
  if (match === null) return undefined;
  const port = Number(match[3]);
  if (port > 65_535) return undefined;
  return { hostname: match[1] ?? (match[2] || DEFAULT_ADDRESS.hostname), port };
}

/** Whether what listens there can only be reached from this machine. */
export function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "::1" || /^127(\.\d{1,3}){3}$/.test(hostname);
}

/**
 * Whether a request names this machine as its host. A page of somebody else, whose name was made to lead here, cannot: the
 * browser sends the name (DNS rebinding).
 */
export function namesLoopback(host: string | null): boolean {
  const url = host === null ? null : URL.parse(`http://${host}`);
  return url !== null && isLoopback(url.hostname.replace(/^\[|\]$/g, ""));
}

/** The address as one may type it, when it is one of all that this machine has: then one by which others reach it. */
export function reachableName(hostname: string): string {
  const isAny = hostname === "0.0.0.0" || hostname === "::";
  const outside = isAny ? firstOutside() : undefined;
  const name = outside ?? hostname;
  return name.includes(":") ? `[${name}]` : name;
}

function firstOutside(): string | undefined {
  const name = { name: "sys", kind: "networkInterfaces" } as const;
  if (Deno.permissions.querySync(name).state !== "granted") return undefined;
  const addresses = Deno.networkInterfaces().filter(({ family }) => family === "IPv4");
  return addresses.find(({ address }) => !isLoopback(address))?.address;
}
