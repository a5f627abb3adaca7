/**
 * Hosts that ssh reaches, and how many workers each takes.
 *
 * @module
 */
import { ConfigError } from "../../model/value_types.ts";

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
 * @throws {ConfigError} If it is not of that form.
 */
export function parseHosts(text: string): SshHost[] {
  return text.split(",").map((part) => {
    const [, bracketed, plain, workers] =
      /^(?:((?:[^@[\]]+@)?\[[^[\]]+\])|([^:[\]]+)):(\d+)$/.exec(part.trim()) ?? [];
    const name = bracketed?.replace(/[[\]]/g, "") ?? plain;
    return checkedHost({ name: name ?? part, workers: Number(workers) }, text);
  });
}

/**
 * Returns the host if it is valid.
 *
 * @throws {ConfigError} If its name or number of workers is not valid.
 */
export function checkedHost(host: SshHost, value: unknown = host): SshHost {
  const { name, workers } = host;
  // ssh would take a name with a dash for an option.
  const isName = typeof name === "string" && /^[^\s-]\S*$/.test(name);
  if (isName && Number.isSafeInteger(workers) && workers >= 1) return host;
  const wanted = "names with a number of workers, such as n1:8,n2:8";
  throw new ConfigError("hosts", { wanted, value });
}
