/**
 * Terminal that keys are read from: the one on stdin, or else the controlling terminal.
 *
 * @module
 */

/** The path of the terminal that controls this process, whatever its stdin is. */
export const TTY_PATH = "/dev/tty";

/** A terminal to read keys from. */
export interface Tty extends Disposable {
  /** Whether it is on stdin. */
  readonly isStdin: boolean;
  /** Reads bytes; resolves to their number, or to null if there are none. */
  read(bytes: Uint8Array): Promise<number | null>;
}

/**
 * Opens the terminal: stdin, if that is one; else `/dev/tty`, as `less` and `fzf` do. Returns undefined if there is none, if it
 * may not be opened without asking the user, and on Windows, where a terminal gives either single keys or the signal of Ctrl-C.
 */
export function openTty(): Tty | undefined {
  if (Deno.build.os === "windows") return undefined;
  if (Deno.stdin.isTerminal()) {
    return { isStdin: true, read: (bytes) => Deno.stdin.read(bytes), [Symbol.dispose]() {} };
  }
  const { state } = Deno.permissions.querySync({ name: "read", path: TTY_PATH });
  if (state !== "granted") return undefined;
  try {
    const file = Deno.openSync(TTY_PATH, { read: true });
    return {
      isStdin: false,
      read: (bytes) => file.read(bytes),
      [Symbol.dispose]: () => file.close(),
    };
  } catch {
    return undefined;
  }
}

/** Returns whether {@linkcode openTty} finds a terminal. */
export function hasTty(): boolean {
  using tty = openTty();
  return tty !== undefined;
}
