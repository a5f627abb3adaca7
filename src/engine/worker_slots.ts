/**
 * Slots of workers: the GPU and the processors that a process has for itself until nothing of it is left.
 *
 * @module
 */
import { type Slot, Slots } from "./slots.ts";
import type { SlotPlan } from "./slot_plan.ts";

/** What one process has until this is disposed of. */
export interface WorkerSlot extends Disposable {
  /** Its GPU, if GPUs are handed out. */
  readonly gpu?: string;
  /** The numbers of its processors, if processors are handed out. */
  readonly processors?: readonly number[];
}

/** Hands out what a run has for its workers. */
export class WorkerSlots {
  readonly #gpus: Slots<string> | undefined;
  readonly #processors: Slots<readonly number[]> | undefined;

  constructor({ gpus, perGpu = 1, processors }: Partial<SlotPlan> = {}) {
    this.#gpus = gpus && new Slots(gpus, { each: perGpu });
    this.#processors = processors && new Slots(processors, { each: 1 });
  }

  /** Takes what one process is to have, as soon as it is free. Resolves to undefined if `signal` is aborted first. */
  async take(signal: AbortSignal): Promise<WorkerSlot | undefined> {
    using stack = new DisposableStack();
    // All take them in this order, so that no two wait for each other.
    const gpu = await takeOne(this.#gpus, { signal, stack });
    if (gpu === undefined && this.#gpus !== undefined) return undefined;
    const processors = await takeOne(this.#processors, { signal, stack });
    if (processors === undefined && this.#processors !== undefined) return undefined;
    const held = stack.move();
    return { gpu, processors, [Symbol.dispose]: () => held[Symbol.dispose]() };
  }
}

async function takeOne<T>(
  slots: Slots<T> | undefined,
  { signal, stack }: { signal: AbortSignal; stack: DisposableStack },
): Promise<T | undefined> {
  const slot: Slot<T> | undefined = await slots?.take(signal);
  return slot && stack.use(slot).value;
}
