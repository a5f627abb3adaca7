/**
 * What runs the workers, as the options ask for it.
 *
 * @module
 */
import { EnumType } from "@cliffy/command";
import { readEnv } from "../base/env.ts";
import { errorMessage } from "../base/errors.ts";
import type { Launcher } from "../launchers/launcher.ts";
import { wasRequeued } from "../launchers/slurm/allocation.ts";
import { UsageError } from "./errors.ts";

/** What runs the workers. */
export type LauncherChoice = "local" | "slurm" | "ssh";

/** The names of launchers. */
export const launcherType: EnumType<LauncherChoice> = new EnumType(["local", "slurm", "ssh"]);

/** The options that a launcher is made of. */
export interface LauncherOptions {
  launcher?: LauncherChoice;
  launcherArg?: string[];
  slurmQueue?: boolean;
  hosts?: string;
  sshConfig?: string;
  lease?: number;
}

/** Which options belong to which launchers. */
const OWNERS: readonly [keyof LauncherOptions, ...LauncherChoice[]][] = [
  ["launcherArg", "slurm", "ssh"],
  ["slurmQueue", "slurm"],
  ["hosts", "ssh"],
  ["sshConfig", "ssh"],
  ["lease", "slurm", "ssh"],
];

/**
 * Makes the launcher; nothing for this machine, which needs none.
 *
 * @throws {UsageError} If it cannot work here, or an option is not its own.
 */
export async function makeLauncher(options: LauncherOptions): Promise<Launcher | undefined> {
  const { launcher = "local" } = options;
  for (const [option, ...owners] of OWNERS) {
    if (options[option] === undefined || owners.includes(launcher)) continue;
    const name = option.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    throw new UsageError(`--${name} needs --launcher ${owners.join(" or ")}`);
  }
  try {
    switch (launcher) {
      case "local":
        return undefined;
      case "slurm":
        return await makeSlurm(options);
      case "ssh":
        return await makeSsh(options);
    }
  } catch (error) {
    throw error instanceof RangeError ? new UsageError(errorMessage(error)) : error;
  }
}

async function makeSlurm({ launcherArg: args, lease, slurmQueue: queue }: LauncherOptions) {
  const { SlurmLauncher } = await import("../launchers/slurm/slurm_launcher.ts");
  return new SlurmLauncher({ args, lease, queue });
}

async function makeSsh({ launcherArg: args, lease, hosts, sshConfig }: LauncherOptions) {
  if (hosts === undefined) {
    throw new UsageError("--launcher ssh needs --hosts, such as --hosts n1:8,n2:8");
  }
  if (sshConfig !== undefined && !await isReadable(sshConfig)) {
    throw new UsageError(
      `--ssh-config must be a file that can be read: current value is ${sshConfig}`,
    );
  }
  const { parseHosts } = await import("../launchers/ssh/hosts.ts");
  const { SshLauncher } = await import("../launchers/ssh/ssh_launcher.ts");
  return new SshLauncher({ hosts: parseHosts(hosts), args, lease, configFile: sshConfig });
}

async function isReadable(path: string): Promise<boolean> {
  try {
    // ssh also takes what is no plain file, such as a pipe.
    const { isDirectory } = await Deno.stat(path);
    return !isDirectory;
  } catch {
    return false;
  }
}

/** How many workers there are to be when nobody says so; nothing on this machine, where the executor knows. */
export async function capacityOf(launcher: Launcher | undefined): Promise<number | undefined> {
  try {
    return await launcher?.capacity?.();
  } catch {
    throw new UsageError("--slurm-queue needs --workers: how many jobs there may be at once");
  }
}

/** Whether a run that has a journal goes on with it unasked: Slurm has started its job anew. */
export function goesOn({ launcher }: LauncherOptions): boolean {
  return launcher === "slurm" && wasRequeued(readEnv);
}
