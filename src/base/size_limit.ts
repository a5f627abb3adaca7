/**
 * Limit of file sizes (`ulimit -f`).
 *
 * @module
 */

/**
 * Makes a write beyond the limit an error, until the result is disposed of. Without that, such a write ends this process by
 * SIGXFSZ.
 */
export function outliveSizeLimit(): Disposable {
  if (Deno.build.os === "windows") return { [Symbol.dispose]() {} };
  const ignore = () => {};
  Deno.addSignalListener("SIGXFSZ", ignore);
  return { [Symbol.dispose]: () => Deno.removeSignalListener("SIGXFSZ", ignore) };
}
