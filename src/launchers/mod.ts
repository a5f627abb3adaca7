/**
 * Launchers: workers on this machine, in a Slurm allocation or over ssh; and the interface for your own.
 *
 * @example
 * ```ts ignore
 * import { SubprocessExecutor } from "@lambdawaker/executor";
 * import { SshLauncher } from "@lambdawaker/executor/launchers";
 *
 * const launcher = new SshLauncher({ hosts: [{ name: "n1", workers: 4 }] });
 * await new SubprocessExecutor({ totalItems: 100 }, () => ["true"], { launcher }).run();
 * ```
 *
 * @module
 */
import "../base/require_deno.ts";

export {
  type Launcher,
  LaunchError,
  type LaunchRun,
  type MemoryKill,
  type Placement,
  type WorkerCommand,
  type WorkerProcess,
} from "./launcher.ts";
export { LocalLauncher } from "./local/local_launcher.ts";
export { SlurmLauncher, type SlurmLauncherOptions } from "./slurm/slurm_launcher.ts";
export type { SshHost } from "./ssh/hosts.ts";
export { SshLauncher, type SshLauncherOptions } from "./ssh/ssh_launcher.ts";
