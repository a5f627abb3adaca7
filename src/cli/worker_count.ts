/**
 * Number of workers as the command line takes it: absolute, or relative to the CPUs.
 *
 * @module
 */
import { type ValueType, wrongInteger } from "../model/value_types.ts";

/** A number, or a text such as `50%`, `+1` or `-2`, which is relative to the number of CPUs. */
export type WorkerCount = number | string;

const SHARE = /^(\d+(?:\.\d+)?)%$/;
const DIFFERENCE = /^[+-]\d+$/;
const WANTED = "a positive integer (there is no 0 for as many as possible), or relative to the " +
  "CPUs, such as 50%, +1 or -1";

/** Makes the type of numbers of workers. */
export function workerCount(): ValueType<WorkerCount> {
  return {
    syntax: "worker-count",
    check(value, name) {
      const isRight = typeof value === "string" ? isRelative(value) : isPositive(value);
      if (!isRight) throw wrongInteger(name, WANTED, value);
      return value;
    },
  };
}

function isRelative(text: string): boolean {
  const share = SHARE.exec(text)?.[1];
  return share === undefined ? DIFFERENCE.test(text) : Number(share) > 0;
}

function isPositive(value: number): boolean {
  return Number.isSafeInteger(value) && value > 0;
}

/** Reads a number of workers; a text that is no whole number stays as it is. */
export function readWorkerCount(text: string): WorkerCount {
  return /^\d+$/.test(text) ? Number(text) : text;
}

/** Returns the number that a relative one stands for, at least 1: on this machine, or of those that a launcher has. */
export function countWorkers(count: WorkerCount, available: number): number {
  if (typeof count === "number") return count;
  const share = SHARE.exec(count)?.[1];
  const workers = share === undefined
    ? available + Number(count)
    : Math.floor(available * Number(share) / 100);
  return Math.min(Math.max(1, workers), Number.MAX_SAFE_INTEGER);
}
