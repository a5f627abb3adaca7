// What the guard costs a range: a job of short processes with it, and without.
import { type Launcher, LocalLauncher, SubprocessExecutor } from "@lambdawaker/executor";

const RANGES = 200;
const local = new LocalLauncher();
/** Opens nothing for a run, and so starts no guard. */
const unguarded: Launcher = { launch: (command) => local.launch(command) };

for (const [name, launcher] of Object.entries({ unguarded, guarded: local })) {
  const executor = new SubprocessExecutor(
    { totalItems: RANGES, chunkSize: 1, numWorkers: 2 },
    () => ["true"],
    { launcher },
  );
  Deno.bench(`${RANGES} × true, ${name}`, {
    group: "guard",
    baseline: name === "unguarded",
    n: 20,
  }, async () => {
    await executor.run();
  });
}
