/**
 * The command: `deno run -A cli.ts --help`, or `deno run -A jsr:@lambdawaker/executor/cli --help`.
 *
 * @module
 */
import { main } from "./src/cli/main.ts";
import { reraise } from "./src/engine/stop/signals.ts";

if (import.meta.main) {
  const end = await main(Deno.args);
  if ("signal" in end) await reraise(end.signal);
  Deno.exit("code" in end ? end.code : 1);
}
