/**
 * The command: `deno run -A cli.ts --help`, or `deno run -A jsr:@lambdawaker/executor/cli --help`.
 *
 * @module
 */
import { main } from "./src/cli/main.ts";
import { reraise } from "./src/engine/stop/signals.ts";

if (import.meta.main) {
  const { code, signal } = await main(Deno.args);
  // No signal of its own ends the first process of a container.
  if (signal !== undefined && Deno.pid !== 1) await reraise(signal);
  Deno.exit(code);
}
