import type { Launcher } from "@lambdawaker/executor/launchers";

/** Launcher of processes that cannot be killed. */
export const unstoppable: Launcher = {
  launch: () => ({
    pid: 1,
    stdout: new ReadableStream(),
    stderr: new ReadableStream(),
    status: new Promise(() => {}),
    kill() {},
    groupIsAlive: () => true,
  }),
};
