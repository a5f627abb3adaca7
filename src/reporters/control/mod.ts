/**
 * Control of runs that go on in other processes of this user on this machine: which there are, and a handle on one of them.
 *
 * @example
 * ```ts
 * import { runs } from "@lambdawaker/executor/control";
 *
 * for (const { name, title } of await runs()) console.log(name, title);
 * ```
 *
 * @module
 */
import "../../base/require_deno.ts";
import { liveRuns, type RunInfo } from "./registration.ts";

export { connect, type ConnectedRun } from "./remote_run.ts";
export { ControlError } from "./run_connection.ts";
export type { RunInfo } from "./registration.ts";

/** Returns the runs that go on and can be reached, the newest one first. */
export async function runs(): Promise<RunInfo[]> {
  return (await liveRuns()).map(({ socket: _socket, ...info }) => info);
}
