/**
 * The command: `deno run -A cli.ts --help`, or `deno run -A jsr:@lambdawaker/executor/cli --help`.
 *
 * @example
 * ```sh
 * deno run -A jsr:@lambdawaker/executor/cli run -- gzip -k ::: *.log
 * ```
 *
 * @module
 */
import { unsupportedRuntime } from "./src/base/runtime.ts";
import { mockArguments } from "./src/cli/mock_words.ts";

const problem = unsupportedRuntime();
if (problem !== undefined) {
  console.error(problem);
  const { process } = globalThis as unknown as { process: { exit(code: number): never } };
  process.exit(2);
}

if (import.meta.main) {
  const mock = mockArguments(Deno.args);
  if (mock !== undefined) {
    // Imported here, as other runtimes could not even parse it. A worker of the demo loads nothing else.
    const { mockTask } = await import("./mock_task.ts");
    Deno.exit(await mockTask(mock));
  }
  const { guardDebugger } = await import("./src/base/debugger.ts");
  const { restoreChildSignal } = await import("./src/base/inherited_signals.ts");
  const { lightenTimers } = await import("./src/base/light_timers.ts");
  const { outliveSizeLimit } = await import("./src/base/size_limit.ts");
  restoreChildSignal();
  guardDebugger();
  lightenTimers();
  // It is never disposed of: Deno may still write to stdout as it exits.
  outliveSizeLimit();
  const { main } = await import("./src/cli/main.ts");
  const { reraise } = await import("./src/engine/stop/signals.ts");
  const { code, signal } = await main(Deno.args);
  // No signal of its own ends the first process of a container.
  if (signal !== undefined && Deno.pid !== 1) await reraise(signal);
  Deno.exit(code);
}
