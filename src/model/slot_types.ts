/**
 * Types of the values that say what a worker may use: GPUs, threads, CPUs and priority.
 *
 * @module
 */
import type { TaskConfig } from "./config.ts";
import { type ValueType, wrongInteger, wrongType } from "./value_types.ts";

/** The most GPUs that a number can stand for. */
const MAX_GPUS = 1_000;

/** Makes the type of GPUs: their number, their ids, or all. */
export function gpus(): ValueType<NonNullable<TaskConfig["gpus"]>> {
  const wanted =
    `a number from 1 to ${MAX_GPUS}, "auto", or a list of different ids such as 0,2 or GPU-…`;
  const isId = (id: unknown) =>
    typeof id === "number"
      ? Number.isSafeInteger(id) && id >= 0
      : typeof id === "string" && /^(\d+|(GPU|MIG)-[\w:/.-]+)$/.test(id);
  return {
    syntax: "gpus",
    check(value, name) {
      const isRight = Array.isArray(value)
        ? value.length > 0 && value.every(isId) && new Set(value.map(String)).size === value.length
        : value === "auto" ||
          (Number.isInteger(value) && Number(value) >= 1 && Number(value) <= MAX_GPUS);
      if (!isRight) throw wrongType(name, wanted, value);
      return value;
    },
  };
}

/** Makes the type of numbers of threads. */
export function threads(): ValueType<number | "auto"> {
  return {
    syntax: "integer",
    check(value, name) {
      if (value === "auto" || (Number.isSafeInteger(value) && value >= 1)) return value;
      throw wrongInteger(name, 'a positive integer or "auto"', value);
    },
  };
}

/** Makes the type of numbers of CPUs. */
export function cpus(): ValueType<number> {
  const wanted = "a positive integer (for a list of CPUs, start the executor by taskset -c)";
  return {
    syntax: "integer",
    check(value, name) {
      if (Number.isSafeInteger(value) && value >= 1) return value;
      throw wrongInteger(name, wanted, value);
    },
  };
}

/** Makes the type of differences in niceness. */
export function niceness(): ValueType<number> {
  return {
    syntax: "integer",
    check(value, name) {
      if (Number.isInteger(value) && value >= -20 && value <= 19) return value;
      throw wrongType(name, "an integer from -20 to 19", value);
    },
  };
}
