import { SshLauncher } from "@lambdawaker/executor/launchers";
import { until } from "../../helpers/processes.ts";
import { Executor } from "./cluster_executor.ts";
import type { SshHosts } from "./ssh_hosts.ts";
import { record, witnessed } from "./witness.ts";

const HOSTS = [{ name: "n1", workers: 32 }, { name: "n2", workers: 32 }];
const LEASE = ["--lease", "3s", "--grace-period", "1s", "--retry-delay", "200ms"];

/** A launcher of both hosts, with so many workers each. */
export function launcherOf({ config }: SshHosts, workers = 4): SshLauncher {
  const hosts = HOSTS.map(({ name }) => ({ name, workers }));
  return new SshLauncher({ hosts, configFile: config, lease: 3_000 });
}

/** Starts the command line; its workers take so many seconds for each of the items. */
export function conduct(
  { config }: SshHosts,
  { folder, items, work, args = [], names = "n1:3,n2:3" }: {
    folder: string;
    items: number;
    work: string;
    args?: string[];
    names?: string;
  },
): Executor {
  const where = ["--launcher", "ssh", "--hosts", names, "--ssh-config", config];
  return new Executor(
    ["run", ...where, "-n", `${items}`, "-c", "1", "--reporter", "plain", ...LEASE, ...args],
    { command: witnessed(folder, work), folder },
  );
}

/** Waits until so many workers have begun. */
export async function untilAtWork(folder: string, workers: number): Promise<void> {
  const begun = () => record(folder).filter((line) => line.endsWith("begin")).length;
  await until(() => begun() >= workers, `${workers} workers are at work`, { patience: 20_000 });
}
