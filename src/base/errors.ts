/**
 * Facts about errors: their message, and the system resource that ran out.
 *
 * @module
 */

/** Resources by the error codes of fork(2), pipe(2) and open(2); all are free again when other processes have ended. */
const RESOURCES: Readonly<Record<string, string>> = {
  EAGAIN: "processes (limit: ulimit -u, or the container's)",
  EMFILE: "open files (limit: ulimit -n)",
  ENFILE: "open files (limit of the whole system)",
  ENOMEM: "memory",
};

/** Returns the resource that ran out, with the limit that a user can raise, or undefined if the error has another cause. */
export function exhaustedResource(error: unknown): string | undefined {
  return error instanceof Error && "code" in error ? RESOURCES[`${error.code}`] : undefined;
}

/** Returns the message of an error, or a text for any other value that was thrown. */
export function errorMessage(thrown: unknown): string {
  if (thrown instanceof Error) return thrown.message;
  return typeof thrown === "string" ? thrown : Deno.inspect(thrown);
}

/** Returns a value as one line of text, for a sentence about it. */
export function showValue(value: unknown): string {
  return Deno.inspect(value, { compact: true, breakLength: Infinity });
}

/**
 * Numbers of the errors by which a file system says that it has no such function: ENOSYS, EOPNOTSUPP, ENOTSUP, EINVAL, and
 * ENOLCK of one without locks. Deno has no names for most of them.
 */
const UNSUPPORTED = Deno.build.os === "darwin" ? [78, 102, 45, 22, 77] : [38, 95, 22, 37];

/** Returns whether an error means that a file system cannot do what was asked for, such as to lock or to sync a file. */
export function isUnsupported(error: unknown): boolean {
  if (error instanceof Deno.errors.NotSupported) return true;
  const number = /\(os error (\d+)\)$/.exec(errorMessage(error))?.[1];
  return UNSUPPORTED.includes(Number(number));
}
