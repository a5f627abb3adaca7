/**
 * Types of the values that say when attempts start: memory, load, rate, order, and files that are there already.
 *
 * @module
 */
import type { StartOrder, StartRate, TaskConfig } from "./config.ts";
import { duration, knownFields, path, type ValueType, wrongType } from "./value_types.ts";

/** The largest number of starts that a rate may have: each of them is remembered. */
const MAX_STARTS = 1_000_000;
/** The largest seed of a shuffle. */
export const MAX_SEED = 2 ** 32 - 1;

/** Makes the type of amounts of memory, in bytes. */
export function memorySize(): ValueType<number> {
  return {
    syntax: "size",
    check(value, name) {
      if (typeof value === "number" && Number.isSafeInteger(value) && value >= 1) return value;
      throw wrongType(name, "a positive number of bytes", value);
    },
  };
}

/** Makes the type of loads: a number of threads, or a share of the CPUs such as `80%`. */
export function loadLimit(): ValueType<NonNullable<TaskConfig["load"]>> {
  return {
    syntax: "load",
    check(value, name) {
      const isRight = typeof value === "number"
        ? value > 0 && value < Infinity
        : typeof value === "string" && shareOf(value) > 0;
      if (isRight) return value;
      throw wrongType(name, "a number of more than 0, or a share of the CPUs such as 80%", value);
    },
  };
}

/** Returns the number of threads that a load allows on a machine with that number of CPUs. */
export function threadsOf(load: NonNullable<TaskConfig["load"]>, cpus: number): number {
  return typeof load === "number" ? load : shareOf(load) * cpus;
}

function shareOf(text: string): number {
  return /^(\d+\.?\d*|\.\d+)%$/.test(text) ? Number(text.slice(0, -1)) / 100 : NaN;
}

/** Makes the type of rates. */
export function startRate(): ValueType<StartRate> {
  return {
    syntax: "start-rate",
    check(value, name) {
      knownFields(value, { name, fields: ["starts", "per"] });
      const { starts, per } = value;
      if (!Number.isSafeInteger(starts) || starts < 1 || starts > MAX_STARTS) {
        throw wrongType(`${name}.starts`, "an integer from 1 to 1000000", starts);
      }
      return { starts, per: duration().check(per, `${name}.per`) };
    },
  };
}

/** Makes the type of orders. */
export function startOrder(): ValueType<
  StartOrder,
  Exclude<StartOrder, { longest: unknown }> | { readonly longest: string }
> {
  const wanted = '"given", "shuffle", "largest", { shuffle: seed } or { longest: journal }';
  return {
    syntax: "order",
    check(value, name) {
      if (value === "given" || value === "shuffle" || value === "largest") return value;
      if (typeof value !== "object" || value === null) throw wrongType(name, wanted, value);
      if ("shuffle" in value) {
        knownFields(value, { name, fields: ["shuffle"] });
        const { shuffle } = value;
        if (Number.isInteger(shuffle) && shuffle >= 0 && shuffle <= MAX_SEED) return { shuffle };
        throw wrongType(`${name}.shuffle`, `an integer from 0 to ${MAX_SEED}`, shuffle);
      }
      knownFields(value, { name, fields: ["longest"] });
      return { longest: path().check(value.longest, `${name}.longest`) };
    },
  };
}

/** Makes the type of functions that name the file of a range. */
export function createdFile(): ValueType<NonNullable<TaskConfig["creates"]>> {
  return {
    syntax: "string",
    check(value, name) {
      if (typeof value === "function") return value;
      throw wrongType(name, "a function that returns the path of the file of a range", value);
    },
  };
}
