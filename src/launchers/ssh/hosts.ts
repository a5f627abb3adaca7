/**
 * Hosts that ssh reaches, and how many workers each takes.
 *
 * @module
 */
import { ConfigError, wrongType } from "../../model/value_types.ts";

/** A host of {@linkcode SshLauncher}. */
export interface SshHost {
  /** Its name, address or alias in the configuration of ssh, perhaps with `user@`. */
  readonly name: string;
  /** How many workers it takes, at least 1. */
  readonly workers: number;
}

/**
 * Parses `n1:8,user@n2:4,[::1]:2`.
 *
 * @throws {ConfigError} If it is not of that form, or names a host twice.
 */
export function parseHosts(text: string): SshHost[] {
  const wanted = "names with a number of workers, such as n1:8,n2:8";
  const hosts = text.split(",").map((part) => {
    const host = parseHost(part.trim());
    if (host !== undefined) return host;
    throw new ConfigError("hosts", { wanted, value: text });
  });
  const twice = findTwice(hosts);
  if (twice === undefined) return hosts;
  throw new ConfigError("hosts", { wanted, value: text, reason: `${twice} is there twice` });
}

/** Parses `n1:8`; returns undefined if it is not of that form. */
export function parseHost(text: string): SshHost | undefined {
  const [, bracketed, plain, workers] =
    /^(?:((?:[^@[\]]+@)?\[[^[\]]+\])|([^:[\]]+)):(\d+)$/.exec(text) ?? [];
  const name = bracketed?.replace(/[[\]]/g, "") ?? plain;
  const host = { name, workers: Number(workers) };
  return isHost(host) ? host : undefined;
}

/** The check of a list of hosts. */
export const hostsCheck = {
  check(hosts: unknown, name: string): void {
    if (!Array.isArray(hosts) || hosts.length === 0 || !hosts.every(isHost)) {
      throw wrongType(name, "a list of { name, workers } that is not empty", hosts);
    }
    const twice = findTwice(hosts);
    if (twice === undefined) return;
    const wanted = "a list of { name, workers } that names each host once";
    throw new ConfigError(name, { wanted, value: hosts, reason: `${twice} is there twice` });
  },
};

/** Returns the first name that is there twice; undefined if there is none. */
function findTwice(hosts: readonly SshHost[]): string | undefined {
  const names = hosts.map(({ name }) => name);
  return names.find((name, index) => names.indexOf(name) < index);
}

/** Returns whether a host has a valid name and takes at least one worker. */
function isHost(host: unknown): host is SshHost {
  const { name, workers } = Object(host);
  // ssh would take a name with a dash for an option.
  const isName = typeof name === "string" && /^[^\s-]\S*$/.test(name);
  return isName && Number.isSafeInteger(workers) && workers >= 1;
}
