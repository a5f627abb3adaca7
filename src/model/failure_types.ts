/**
 * Types of the values that say what failures lead to: retries, and the end of the run.
 *
 * @module
 */
import type { HaltOn, RetryCause, RetryDelay } from "./config.ts";
import {
  between,
  choice,
  duration,
  integer,
  knownFields,
  type ValueType,
  wrongType,
} from "./value_types.ts";

/** The kinds of causes that decide about retries. */
const RETRY_KINDS = [
  "exit",
  "signal",
  "timeout",
  "stall",
  "slow",
  "reported",
  "incomplete",
  "file-missing",
  "out-of-memory",
  "output-lost",
  "command",
  "fault",
] satisfies RetryCause[];

/** Makes the type of the time before a retry. */
export function retryDelay(): ValueType<number | RetryDelay, Required<RetryDelay>> {
  return {
    syntax: "retry-delay",
    check(value, name) {
      if (typeof value === "number") value = { initial: value };
      knownFields(value, { name, fields: ["initial", "factor", "max", "jitter"] });
      const { initial = 1_000, factor = 2, max = Math.max(30_000, initial), jitter = 0.5 } = value;
      return {
        initial: duration(0).check(initial, `${name}.initial`),
        factor: between({ min: 1 }).check(factor, `${name}.factor`),
        max: duration(0).check(max, `${name}.max`),
        jitter: between({ min: 0, max: 1 }).check(jitter, `${name}.jitter`),
      };
    },
  };
}

/** Makes the type of lists of causes that decide about retries. */
export function retryCauses(): ValueType<readonly RetryCause[]> {
  const kinds = RETRY_KINDS.join(", ");
  const wanted = `exit codes (1 to 255) or causes (${kinds})`;
  const isCause = (cause: unknown) =>
    typeof cause === "number"
      ? Number.isInteger(cause) && cause >= 1 && cause <= 255
      : RETRY_KINDS.some((kind) => kind === cause);
  return {
    syntax: "retry-causes",
    check(value, name) {
      if (!Array.isArray(value) || value.length === 0) {
        throw wrongType(name, `a list of ${wanted}`, value);
      }
      const wrong: unknown = value.find((cause) => !isCause(cause));
      if (wrong !== undefined) throw wrongType(name, wanted, wrong);
      return value;
    },
  };
}

/** Makes the type of the number of failures that end a run. */
export function haltOn(): ValueType<HaltOn> {
  return {
    syntax: "halt-on",
    check(value, name) {
      knownFields(value, { name, fields: ["failures", "how"] });
      return {
        failures: integer(1).check(value.failures, `${name}.failures`),
        how: choice("drain", "kill").check(value.how, `${name}.how`),
      };
    },
  };
}
