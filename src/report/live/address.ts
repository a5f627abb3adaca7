/**
 * Address of a live page: parsing, and who can reach it.
 *
 * @module
 */
import { type FieldCheck, wrongType } from "../../model/value_types.ts";

/** An address to listen on. */
export interface ServeAddress {
  /** A name or an IP address of this machine. */
  readonly hostname: string;
  /** The port, or 0 for any free one. */
  readonly port: number;
}

/** The check of a {@linkcode ServeAddress}. */
export const addressCheck: FieldCheck = {
  check(value: unknown, name) {
    const { hostname, port } = Object(value);
    if (typeof hostname !== "string" || hostname === "" || !isPort(port)) {
      throw wrongType(name, "an object { hostname, port } with a port from 0 to 65535", value);
    }
  },
};

function isPort(port: unknown): boolean {
  return Number.isInteger(port) && port as number >= 0 && port as number <= 65_535;
}

/** A free port of the loopback interface, which only this machine can reach. */
export const DEFAULT_ADDRESS: ServeAddress = { hostname: "127.0.0.1", port: 0 };

/**
 * Parses `8080`, `:8080`, `localhost:8080`, `0.0.0.0:8080` or `[::1]:8080`. Without a host, it is the loopback interface; an empty
 * text is {@linkcode DEFAULT_ADDRESS}.
 *
 * @returns The address, or undefined if the text is not an address.
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

/** Reports whether only this machine can reach a host. */
export function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "::1" || /^127(\.\d{1,3}){3}$/.test(hostname);
}

/**
 * Reports whether the host header of a request names the loopback interface. This guards against DNS rebinding: a foreign page whose
 * name resolves to this machine sends that name.
 */
export function namesLoopback(host: string | null): boolean {
  const url = host === null ? null : URL.parse(`http://${host}`);
  return url !== null && isLoopback(url.hostname.replace(/^\[|\]$/g, ""));
}

/** Returns the host for a URL. For a wildcard address, it is an address by which other machines reach this one. */
export function reachableName(hostname: string): string {
  const isAny = hostname === "0.0.0.0" || hostname === "::";
  const external = isAny ? firstExternalAddress() : undefined;
  const name = external ?? hostname;
  return name.includes(":") ? `[${name}]` : name;
}

function firstExternalAddress(): string | undefined {
  const name = { name: "sys", kind: "networkInterfaces" } as const;
  if (Deno.permissions.querySync(name).state !== "granted") return undefined;
  const addresses = Deno.networkInterfaces().filter(({ family }) => family === "IPv4");
  return addresses.find(({ address }) => !isLoopback(address))?.address;
}
