/**
 * What stands for a launcher that cannot be had.
 *
 * @module
 */
import { errorMessage } from "../error_message.ts";
import { type Launcher, LaunchError } from "./launcher.ts";

/** Every launch fails, for the reason for which the launcher could not be opened, and is not tried again. */
export function unopened(cause: unknown): Launcher & AsyncDisposable {
  return {
    launch() {
      throw new LaunchError(errorMessage(cause), { cause, permanent: true });
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
