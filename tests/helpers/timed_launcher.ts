import type { WorkerCommand } from "@lambdawaker/executor/launchers";
import { FakeClock } from "./fake_clock.ts";
import { FakeLauncher } from "./fake_launcher.ts";

/** Returns a launcher whose processes end well, and the clock on which each takes the milliseconds of its last argument. */
export function timedLauncher(): { launcher: FakeLauncher; clock: FakeClock } {
  const clock = new FakeClock();
  const launcher = new FakeLauncher(({ args }: WorkerCommand) => {
    clock.skip(Number(args.at(-1)));
    return { lines: [], exit: { kind: "exited", code: 0 } };
  });
  return { launcher, clock };
}
