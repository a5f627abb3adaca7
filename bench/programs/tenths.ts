// Compares the last tenth of a run with the second one: its time, its CPU time, and the memory of the executor after it.
import { cpuUsage } from "node:process";

/** What one tenth of a run took, and the memory after it. */
interface Tenth {
  readonly ms: number;
  readonly cpuMs: number;
  readonly residentBytes: number;
}

/** Collects all garbage, and gives its memory back to the system; exists with --v8-flags=--expose-gc. */
const collectGarbage: (options: { type: string; execution: string; flavor: string }) => void =
  Reflect.get(globalThis, "gc");

/** Returns the CPU time of this process, without its children, in milliseconds. */
export function ownCpuMs(): number {
  const { user, system } = cpuUsage();
  return (user + system) / 1000;
}

/** Measures the tenths of a run of so many ranges, a multiple of 10. */
export class Tenths {
  readonly #size: number;
  readonly #tenths: Tenth[] = [];
  #ended = 0;
  #startedAt = performance.now();
  #cpuAtStart = ownCpuMs();

  constructor(ranges: number) {
    this.#size = ranges / 10;
  }

  /** Notes that a range has ended. */
  add(): void {
    if (++this.#ended % this.#size !== 0) return;
    const [ms, cpuMs] = [performance.now() - this.#startedAt, ownCpuMs() - this.#cpuAtStart];
    collectGarbage({ type: "major", execution: "sync", flavor: "last-resort" });
    this.#tenths.push({ ms, cpuMs, residentBytes: Deno.memoryUsage().rss });
    [this.#startedAt, this.#cpuAtStart] = [performance.now(), ownCpuMs()];
  }

  /** Returns the last tenth as shares of the second one, when all ranges have ended. */
  figures(): { time: number; cpu: number; memory: number; megabytes: number } {
    const [second, last] = [this.#tenths[1]!, this.#tenths[9]!];
    return {
      time: last.ms / second.ms,
      cpu: last.cpuMs / second.cpuMs,
      memory: last.residentBytes / second.residentBytes,
      megabytes: last.residentBytes / 1e6,
    };
  }
}
