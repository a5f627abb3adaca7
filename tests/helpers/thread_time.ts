/**
 * Time that this thread has worked, whatever else the machine does.
 *
 * @module
 */

/**
 * Returns the milliseconds that a processor has worked for this thread, as the scheduler of Linux counts them. Elsewhere, the time
 * that has passed.
 */
export function threadMs(): number {
  try {
    const [nanoseconds] = Deno.readTextFileSync("/proc/thread-self/schedstat").split(" ");
    return Number(nanoseconds) / 1e6;
  } catch {
    return performance.now();
  }
}
