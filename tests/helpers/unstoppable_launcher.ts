import type { Launcher } from "@lambdawaker/executor";

/** Its processes never end, whatever is done to them. */
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
