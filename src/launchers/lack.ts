/**
 * What a system can run out of.
 *
 * @module
 */

/** Of the errors of fork(2), pipe(2) and open(2), those that pass when others have ended. */
const LACKS: Readonly<Record<string, string>> = {
  EAGAIN: "processes (limit: ulimit -u, or the container's)",
  EMFILE: "open files (limit: ulimit -n)",
  ENFILE: "open files of the whole system",
  ENOMEM: "memory",
};

/** What was lacking, with the limit that a person can raise; nothing when the error has another cause. */
export function lackOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error ? LACKS[`${error.code}`] : undefined;
}
