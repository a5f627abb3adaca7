/**
 * Record of what launchers have opened: tells whether `launch` of a wrapper or a subclass would have no effect.
 *
 * @module
 */
import type { Launcher } from "./launcher.ts";

/** By what `open` returned: the launcher that opened it, and its `launch`, if what it opened does not call that. */
const openers = new WeakMap<object, { launcher: Launcher; launch?: Launcher["launch"] }>();

/** Notes who opened something, and the `launch` that it must still have; any, if what was opened calls it. */
export function noteOpened<T extends object>(
  opened: T,
  opener: { launcher: Launcher; launch?: Launcher["launch"] },
): T {
  openers.set(opened, opener);
  return opened;
}

/** Returns whether what `open` of a launcher has returned starts workers without the `launch` of that launcher. */
export function ignoresLaunch(opened: object, launcher: Launcher): boolean {
  const opener = openers.get(opened);
  if (opener === undefined) return false;
  return opener.launcher !== launcher ||
    (opener.launch !== undefined && opener.launch !== launcher.launch);
}
