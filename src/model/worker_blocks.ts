/**
 * Lists of the workers of a state. A long list shares nearly all of its memory with the one before it, as copying all of it for
 * each event would take longer than the rest. (Row crowd of bench/.)
 *
 * @module
 */
import type { WorkerState } from "./types.ts";

/** Workers of a block. */
const BLOCK = 128;
/** Shorter lists are plain arrays, which are copied. */
const LONG = 8 * BLOCK;

type Workers = readonly WorkerState[];
/** All but the last one are full. */
type Blocks = readonly Workers[];

/** Reaches the blocks of a long list. */
const BLOCKS = Symbol("blocks");

/** Returns the list with another state of one worker. Neither list ever changes. */
export function withWorker(workers: Workers, index: number, worker: WorkerState): Workers {
  if (workers.length < LONG) return workers.with(index, worker);
  const blocks: Blocks = Reflect.get(workers, BLOCKS) ?? split(workers);
  const at = Math.floor(index / BLOCK);
  const block = blocks[at]!.with(index % BLOCK, worker);
  return new Proxy<object>(blocks.with(at, block), AS_ARRAY) as Workers;
}

function split(workers: Workers): Blocks {
  const count = Math.ceil(workers.length / BLOCK);
  return Array.from({ length: count }, (_, at) => workers.slice(at * BLOCK, (at + 1) * BLOCK));
}

/** The arrays that were made of blocks. */
const arrays = new WeakMap<Blocks, Workers>();

function arrayOf(blocks: Blocks): Workers {
  const known = arrays.get(blocks);
  if (known !== undefined) return known;
  const array = Object.freeze(([] as WorkerState[]).concat(...blocks));
  arrays.set(blocks, array);
  return array;
}

/**
 * Makes blocks look like an array of all their workers, which nobody can change. A worker or the length is read from the
 * blocks. All else is that of an array, which is made of them then: its methods are fast.
 */
const AS_ARRAY: ProxyHandler<Blocks> = {
  get(blocks, key) {
    if (key === BLOCKS) return blocks;
    if (key === "length") return BLOCK * (blocks.length - 1) + blocks.at(-1)!.length;
    const index = typeof key === "string" ? Number(key) : NaN;
    if (String(index) === key) return blocks[Math.floor(index / BLOCK)]?.[index % BLOCK];
    const array = arrayOf(blocks);
    const value = Reflect.get(array, key);
    return typeof value === "function" && key !== "constructor" ? value.bind(array) : value;
  },
  has: (blocks, key) => Reflect.has(arrayOf(blocks), key),
  ownKeys: (blocks) => Reflect.ownKeys(arrayOf(blocks)),
  getOwnPropertyDescriptor(blocks, key) {
    const descriptor = Reflect.getOwnPropertyDescriptor(arrayOf(blocks), key);
    // The language demands this of a proxy whose target has other properties.
    return descriptor && { ...descriptor, writable: true, configurable: key !== "length" };
  },
  set: () => false,
  defineProperty: () => false,
  deleteProperty: () => false,
};
