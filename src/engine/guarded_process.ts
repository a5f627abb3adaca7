/**
 * Process of a launcher whose methods may throw, and may return what they should not.
 *
 * @module
 */
import type { AllFields } from "../base/all_fields.ts";
import { systemClock, withTimeout } from "../base/clock.ts";
import { errorMessage, showValue } from "../base/errors.ts";
import { caught } from "../base/promises.ts";
import { findFieldFault } from "../journal/decode.ts";
import {
  LaunchError,
  type MemoryKill,
  type Placement,
  type WorkerProcess,
} from "../launchers/launcher.ts";
import type { ProcessExit } from "../model/cause.ts";
import type { ResourceUse, Usage } from "../model/types.ts";

/** Time that a search for processes may take, in milliseconds. */
const SEARCH_MS = 5_000;

/** Asks a process. An error of one of its methods is reported, and thrown by none. */
export class GuardedProcess implements AllFields<WorkerProcess> {
  readonly #process: WorkerProcess;
  readonly #onFault: (message: string) => void;
  #hasEnded = false;
  /** Whether a search has failed. */
  #isLost = false;
  /** See {@linkcode WorkerProcess.status}; rejects if it is no end of a process. */
  readonly status: Promise<ProcessExit>;
  /** See {@linkcode WorkerProcess.placement}; rejects if it is no placement. */
  readonly placement: Promise<Placement | undefined> | undefined;
  /** See {@linkcode WorkerProcess.claimAll}. */
  readonly claimAll: (() => void) | undefined;
  /** See {@linkcode WorkerProcess.search}. Is not awaited for long. */
  readonly search: (() => Promise<void>) | undefined;
  /** See {@linkcode WorkerProcess.groupIsAtWork}. */
  readonly groupIsAtWork: (() => boolean) | undefined;
  /** See {@linkcode WorkerProcess.usage}. */
  readonly usage: (() => Usage | undefined) | undefined;

  /** Wraps a process. `onFault` is called with a sentence about each error. */
  constructor(process: WorkerProcess, onFault: (message: string) => void) {
    this.#process = process;
    this.#onFault = onFault;
    this.status = process.status.then((exit) => {
      this.#hasEnded = true;
      return checkedExit(exit);
    });
    // Whoever waits for it learns of an error.
    this.status.catch(() => this.#hasEnded = true);
    this.placement = process.placement?.then(checkedPlacement);
    this.placement?.catch(() => {});
    this.claimAll = process.claimAll && (() => this.#call("claimAll", () => process.claimAll?.()));
    this.search = process.search && (() => this.#search());
    this.groupIsAtWork = process.groupIsAtWork &&
      (() => this.#call("groupIsAtWork", () => process.groupIsAtWork?.()) === true);
    this.usage = process.usage && (() => this.#usage());
  }

  /** See {@linkcode WorkerProcess.pid}. */
  get pid(): number {
    return this.#process.pid;
  }

  /** See {@linkcode WorkerProcess.killPatience}. */
  get killPatience(): number | undefined {
    return this.#process.killPatience;
  }

  /** See {@linkcode WorkerProcess.outputMayWait}. */
  get outputMayWait(): boolean {
    return this.#process.outputMayWait ?? this.#process.placement === undefined;
  }

  /** See {@linkcode WorkerProcess.stdin}. */
  get stdin(): WritableStream<Uint8Array> | undefined {
    return this.#process.stdin;
  }

  /** See {@linkcode WorkerProcess.stdout}. */
  get stdout(): ReadableStream<Uint8Array> {
    return this.#process.stdout;
  }

  /** See {@linkcode WorkerProcess.stderr}. */
  get stderr(): ReadableStream<Uint8Array> {
    return this.#process.stderr;
  }

  /** See {@linkcode WorkerProcess.kill}. */
  kill(signal: Deno.Signal): void {
    this.#call("kill", () => this.#process.kill(signal));
  }

  /** See {@linkcode WorkerProcess.groupIsAlive}. If that is not known, it is alive until its end is seen. */
  groupIsAlive(): boolean {
    return this.#call("groupIsAlive", () => this.#process.groupIsAlive()) ?? !this.#hasEnded;
  }

  /** See {@linkcode WorkerProcess.used}. */
  used(): ResourceUse | undefined {
    if (this.#process.used === undefined) return undefined;
    return this.#call("used", () => {
      const usage = this.#process.used?.();
      const isRight = usage === undefined ||
        findFieldFault("attempt-ended", { usage }) === undefined;
      if (isRight) return usage;
      caught(usage, () => {});
      throw new TypeError(
        `it must return { cpuSeconds, peakRss }: it returned ${showValue(usage)}`,
      );
    });
  }

  /** Whether {@linkcode GuardedProcess.used} can count from the beginning of a range. */
  get marksUse(): boolean {
    return this.#process.markUse !== undefined;
  }

  /** See {@linkcode WorkerProcess.markUse}. */
  markUse(): void {
    if (this.marksUse) this.#call("markUse", () => this.#process.markUse?.());
  }

  /** See {@linkcode WorkerProcess.memoryKill}. */
  memoryKill(): MemoryKill | undefined {
    if (this.#process.memoryKill === undefined) return undefined;
    return this.#call("memoryKill", () => {
      const kill = this.#process.memoryKill?.();
      const cause = { ...kill, kind: "out-of-memory" };
      const isRight = kill === undefined || kill === null ||
        findFieldFault("attempt-ended", { cause }) === undefined;
      if (isRight) return kill ?? undefined;
      caught(kill, () => {});
      throw new TypeError(`it must return { by, isLikely? }: it returned ${showValue(kill)}`);
    });
  }

  async #search(): Promise<void> {
    if (this.#isLost) return;
    try {
      const searched = (async () => await this.#process.search?.())().then(() => true);
      if (await withTimeout(searched, { ms: SEARCH_MS, clock: systemClock })) return;
      throw new Error(`it has not resolved in ${SEARCH_MS / 1000} seconds`);
    } catch (error) {
      this.#isLost = true;
      this.#fail("search", error);
    }
  }

  #usage(): Usage | undefined {
    return this.#call("usage", () => {
      const usage = this.#process.usage?.();
      const isRight = usage === undefined || findFieldFault("usage", { usage }) === undefined;
      if (isRight) return usage;
      caught(usage, () => {});
      throw new TypeError(`it must return { cpu, rss }: it returned ${showValue(usage)}`);
    });
  }

  #call<T>(name: string, call: () => T): T | undefined {
    try {
      const result = call();
      caught(result, (error) => this.#fail(name, error));
      return result;
    } catch (error) {
      this.#fail(name, error);
      return undefined;
    }
  }

  #fail(name: string, error: unknown): void {
    this.#onFault(`${name}() of the launcher's process failed: ${errorMessage(error)}`);
  }
}

function checkedExit(exit: ProcessExit): ProcessExit {
  if (exit !== undefined && findFieldFault("attempt-ended", { exit }) === undefined) return exit;
  throw new TypeError(
    `status of the launcher's process must resolve to the end of a process: it resolved to ${
      showValue(exit)
    }`,
  );
}

/**
 * Returns where a process runs.
 *
 * @throws {TypeError} If it is no placement.
 */
export function checkedPlacement(placement: Placement | undefined): Placement | undefined {
  if (placement === undefined) return undefined;
  const { node, id: engineId, pid } = placement ?? {};
  const isNode = typeof node === "string" && findFieldFault("spawned", { node }) === undefined;
  const isId = engineId === undefined || findFieldFault("spawned", { engineId }) === undefined;
  const isPid = pid === undefined || findFieldFault("spawned", { pid }) === undefined;
  if (isNode && isId && isPid) return placement;
  throw new TypeError(
    `placement of the launcher's process must resolve to { node, id?, pid? }: it resolved to ${
      showValue(placement)
    }`,
  );
}

/**
 * Returns what a launcher has launched.
 *
 * @throws {LaunchError} If it is no process.
 */
export function checkedProcess(process: WorkerProcess): WorkerProcess {
  const reason = findProcessFault(process);
  if (reason === undefined) return process;
  throw new LaunchError(`launcher.launch() must return a process: ${reason}`, { permanent: true });
}

// A launcher in JavaScript may return anything.
function findProcessFault(process: WorkerProcess | undefined): string | undefined {
  if (typeof process !== "object" || process === null) return `it returned ${showValue(process)}`;
  const { pid, stdout, stderr, status, placement, killPatience = 0, outputMayWait } = process;
  for (const [name, stream] of Object.entries({ stdout, stderr })) {
    if (!(stream instanceof ReadableStream)) return `its ${name} is no ReadableStream`;
    if (stream.locked) return `its ${name} is read by something else`;
  }
  if (findFieldFault("spawned", { pid }) !== undefined) return `its pid is ${showValue(pid)}`;
  for (const [name, promise] of Object.entries({ status, placement })) {
    const isLeftOut = promise === undefined && name === "placement";
    if (!isLeftOut && !(promise instanceof Promise)) return `its ${name} is no promise`;
  }
  for (const method of ["kill", "groupIsAlive"] as const) {
    if (typeof process[method] !== "function") return `it has no method ${method}`;
  }
  if (outputMayWait !== undefined && typeof outputMayWait !== "boolean") {
    return `its outputMayWait is ${showValue(outputMayWait)}`;
  }
  if (killPatience >= 0 && killPatience < Infinity) return undefined;
  return `its killPatience is ${showValue(killPatience)}`;
}
