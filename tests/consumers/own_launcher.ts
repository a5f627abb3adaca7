// Starts the workers in another way than the executor would.
import { SubprocessExecutor } from "@lambdawaker/executor";
import {
  type Launcher,
  LaunchError,
  LocalLauncher,
  type WorkerCommand,
  type WorkerProcess,
} from "@lambdawaker/executor/launchers";

class NiceLauncher implements Launcher {
  readonly #local = new LocalLauncher();

  launch({ command, args, ...rest }: WorkerCommand): WorkerProcess {
    if (command === "forbidden") throw new LaunchError("it is forbidden", { permanent: true });
    return this.#local.launch({ ...rest, command: "nice", args: ["-n", "5", command, ...args] });
  }

  capacity(): number {
    return 2;
  }
}

const executor = new SubprocessExecutor(
  { totalItems: 4, chunkSize: 1, maxRetries: 3 },
  ({ extraData: { range } }) => range === 3 ? ["forbidden"] : ["sh", "-c", 'test "$(nice)" -ge 5'],
  { launcher: new NiceLauncher() },
);
const run = executor.start();
const { failures, attempts } = await run.summary;
console.log(run.state.numWorkers, attempts, failures.map(({ range }) => range));
