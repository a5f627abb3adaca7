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
export function exhaustedResource(error: unknown): string | undefined {
  return error instanceof Error && "code" in error ? LACKS[`${error.code}`] : undefined;
}

/** The message of an error, or what else was thrown, whatever it is. */
export function errorMessage(thrown: unknown): string {
  if (thrown instanceof Error) return thrown.message;
  return typeof thrown === "string" ? thrown : Deno.inspect(thrown);
}
