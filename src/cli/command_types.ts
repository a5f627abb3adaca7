/**
 * Types of the values of options that only the command has.
 *
 * @module
 */
import { isPassable } from "../base/paths.ts";
import { RUN_NAME } from "../model/run_name.ts";
import { DEFAULT_ADDRESS, parseServeAddress, type ServeAddress } from "../report/live/address.ts";
import { ConfigError, duration, text, type ValueType } from "../model/value_types.ts";

/** Makes the type of tags: a text with placeholders, or `true` for the items. */
export function tagText(): ValueType<string | true> {
  return {
    syntax: "string",
    check: (value, name) => value === true ? value : text().check(value, name),
  };
}

/** Makes the type of command lines for a shell. */
export function shellLine(): ValueType<string> {
  const wanted = "a command line for a shell";
  return {
    syntax: "string",
    check(value, name) {
      const line = text().check(value, name);
      if (line.trim() === "" || !isPassable(line)) throw new ConfigError(name, { wanted, value });
      return line;
    },
  };
}

/** Makes the type of names of runs. */
export function runName(): ValueType<string> {
  const wanted = "a letter or digit, and 62 more of letters, digits, ., _ and - at most";
  return {
    syntax: "string",
    check(value, name) {
      const given = text().check(value, name);
      if (!RUN_NAME.test(given)) throw new ConfigError(name, { wanted, value });
      return given;
    },
  };
}

/** Makes the type of the shortest run of whose end a person is notified, in milliseconds; `true` is a minute. */
export function notifyTime(): ValueType<number | true, number> {
  const { syntax, check } = duration(0);
  return { syntax, check: (value, name) => value === true ? 60_000 : check(value, name) };
}

/** Makes the type of addresses to serve at: `[host:]port`, or `true` for any free port of this machine. */
export function serveAddress(): ValueType<string | true, ServeAddress> {
  const wanted = "a port, or a host and a port such as 0.0.0.0:8080";
  return {
    syntax: "string",
    check(value, name) {
      if (value === true) return DEFAULT_ADDRESS;
      const address = parseServeAddress(text().check(value, name));
      if (address === undefined) throw new ConfigError(name, { wanted, value });
      return address;
    },
  };
}
