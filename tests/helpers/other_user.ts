/**
 * Another user of this machine, who may have a few processes only. Needs root, and `setpriv` and `bash`.
 *
 * @module
 */

/** Returns the words that run a command as a user who may have `most` processes from then on. */
export function asUser(user: number, line: readonly string[], most = 100): string[] {
  const id = `${user}`;
  const script = `ulimit -u ${most}; exec "$@"`;
  return [
    ...["setpriv", "--reuid", id, "--regid", id, "--clear-groups"],
    ...["bash", "-c", script, "bash", ...line],
  ];
}

/** Returns the number of a user who has no processes. */
export function freshUser(): number {
  return 100_000 + crypto.getRandomValues(new Uint32Array(1))[0]! % 1_000_000_000;
}
