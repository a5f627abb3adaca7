/**
 * A launcher that lets somebody listen to the processes that another one starts.
 *
 * @module
 */
import type { Launcher, WorkerProcess } from "../launchers/launcher.ts";

/** Wraps a launcher, and what it opens for a run, so that each of its processes passes through `listen`. */
export function listeningLauncher(
  launcher: Launcher,
  listen: (process: WorkerProcess) => WorkerProcess,
): Launcher {
  return {
    open: launcher.open && (async (run) => {
      const opened = await launcher.open!(run);
      return {
        launch: async (command) => listen(await opened.launch(command)),
        [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose](),
      };
    }),
    launch: async (command) => listen(await launcher.launch(command)),
  };
}
