/**
 * Launcher of the workers, made from the options.
 *
 * @module
 */
import { readEnv } from "../base/env.ts";
import type { Launcher } from "../launchers/launcher.ts";
import { NO_REMOTE_DENO } from "../launchers/pilot/remote_deno.ts";
import { wasRequeued } from "../launchers/slurm/allocation.ts";
import { ConfigError } from "../model/value_types.ts";
import { aboutFlag } from "./cliffy_options.ts";
import { UsageError } from "./errors.ts";
import type { RunValues } from "./options.ts";

/** The options that a launcher is made of. */
type LauncherOptions = Pick<
  RunValues,
  | "launcher"
  | "launcherArg"
  | "slurmQueue"
  | "hosts"
  | "sshConfig"
  | "lease"
  | "numWorkers"
  | "remoteDeno"
  | "stdin"
  | "resident"
>;

/** What --hosts begins with if it names a file. */
const FILE_MARK = "@";

/**
 * Makes the launcher. Returns `undefined` for this machine, which needs none.
 *
 * @throws {UsageError} If it cannot work here.
 */
export async function makeLauncher(options: LauncherOptions): Promise<Launcher | undefined> {
  checkStdin(options);
  switch (options.launcher) {
    case "local":
      return undefined;
    case "slurm":
      return await makeSlurm(options);
    case "ssh":
      return await makeSsh(options);
  }
}

/** Refuses a job whose workers read their stdin if no pilot would hand it to them. */
function checkStdin(options: LauncherOptions): void {
  const { launcher, stdin, resident, slurmQueue, launcherArg = [], remoteDeno } = options;
  if (launcher === "local" || !(stdin || resident)) return;
  const without = remoteDeno === NO_REMOTE_DENO
    ? `--remote-deno ${NO_REMOTE_DENO}`
    : slurmQueue
    ? "--slurm-queue"
    : launcher === "slurm" && launcherArg.length > 0
    ? "--launcher-arg"
    : undefined;
  if (without === undefined) return;
  throw new UsageError(
    `${stdin ? "--stdin" : "--resident"} cannot be used with ${without}: ` +
      "only pilots hand items to workers on other machines",
  );
}

async function makeSlurm(
  { launcherArg: args, lease, slurmQueue: queue, numWorkers, remoteDeno }: LauncherOptions,
) {
  if (queue && typeof numWorkers !== "number") {
    throw new UsageError(
      "--slurm-queue needs --workers as a number: how many jobs there may be at once",
    );
  }
  const { SlurmLauncher } = await import("../launchers/slurm/slurm_launcher.ts");
  return new SlurmLauncher({ args, lease, queue, remoteDeno });
}

async function makeSsh(options: LauncherOptions) {
  const { launcherArg: args, lease, hosts, sshConfig: configFile, remoteDeno } = options;
  if (hosts === undefined) {
    throw new UsageError("--launcher ssh needs --hosts, such as --hosts n1:8,n2:8");
  }
  if (configFile !== undefined && !await isReadable(configFile)) {
    throw new UsageError(
      `--ssh-config must be a file that can be read: current value is "${configFile}"`,
    );
  }
  const { parseHosts } = await import("../launchers/ssh/hosts.ts");
  const { SshLauncher } = await import("../launchers/ssh/ssh_launcher.ts");
  const others = { args, lease, configFile, remoteDeno };
  const hostsFile = fileOfHosts(hosts);
  if (hostsFile === undefined) return new SshLauncher({ hosts: parseHosts(hosts), ...others });
  try {
    return new SshLauncher({ hostsFile, ...others });
  } catch (error) {
    if (!(error instanceof ConfigError) || error.field !== "hostsFile") throw error;
    throw new UsageError(aboutFlag(error.messageFor(`--hosts ${FILE_MARK}FILE`)));
  }
}

/** Returns the path of the file that --hosts names, if it names one. */
export function fileOfHosts(hosts: string): string | undefined {
  return hosts.startsWith(FILE_MARK) ? hosts.slice(FILE_MARK.length) : undefined;
}

/** Returns --hosts with a path that means the same in another directory. */
export function withAbsoluteHosts(hosts: string, absolute: (path: string) => string): string {
  const file = fileOfHosts(hosts);
  return file === undefined || file === "" ? hosts : `${FILE_MARK}${absolute(file)}`;
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
