/**
 * Launcher of the workers, made from the options.
 *
 * @module
 */
import { readEnv } from "../base/env.ts";
import type { Launcher } from "../launchers/launcher.ts";
import { wasRequeued } from "../launchers/slurm/allocation.ts";
import { toUsageError } from "./engine_errors.ts";
import { UsageError } from "./errors.ts";
import type { RunValues } from "./options.ts";

/** The options that a launcher is made of. */
type LauncherOptions = Pick<
  RunValues,
  "launcher" | "launcherArg" | "slurmQueue" | "hosts" | "sshConfig" | "lease" | "numWorkers"
>;

/**
 * Makes the launcher. Returns `undefined` for this machine, which needs none.
 *
 * @throws {UsageError} If it cannot work here.
 */
export async function makeLauncher(options: LauncherOptions): Promise<Launcher | undefined> {
  try {
    switch (options.launcher) {
      case "local":
        return undefined;
      case "slurm":
        return await makeSlurm(options);
      case "ssh":
        return await makeSsh(options);
    }
  } catch (error) {
    throw toUsageError(error);
  }
}

async function makeSlurm(
  { launcherArg: args, lease, slurmQueue: queue, numWorkers }: LauncherOptions,
) {
  if (queue && typeof numWorkers !== "number") {
    throw new UsageError(
      "--slurm-queue needs --workers as a number: how many jobs there may be at once",
    );
  }
  const { SlurmLauncher } = await import("../launchers/slurm/slurm_launcher.ts");
  return new SlurmLauncher({ args, lease, queue });
}

async function makeSsh({ launcherArg: args, lease, hosts, sshConfig }: LauncherOptions) {
  if (hosts === undefined) {
    throw new UsageError("--launcher ssh needs --hosts, such as --hosts n1:8,n2:8");
  }
  if (sshConfig !== undefined && !await isReadable(sshConfig)) {
    throw new UsageError(
      `--ssh-config must be a file that can be read: current value is "${sshConfig}"`,
    );
  }
  const { parseHosts } = await import("../launchers/ssh/hosts.ts");
  const { SshLauncher } = await import("../launchers/ssh/ssh_launcher.ts");
  return new SshLauncher({ hosts: parseHosts(hosts), args, lease, configFile: sshConfig });
}

async function isReadable(path: string): Promise<boolean> {
  try {
    // ssh also reads files that are not regular ones, such as pipes.
    const { isDirectory } = await Deno.stat(path);
    return !isDirectory;
  } catch {
    return false;
  }
}

/** Returns whether a run resumes its journal without `--resume`, as Slurm has requeued its job. */
export function isResumedUnasked({ launcher }: Pick<LauncherOptions, "launcher">): boolean {
  return launcher === "slurm" && wasRequeued(readEnv);
}
