import { SshLauncher } from "@lambdawaker/executor/launchers";
import { until } from "../../helpers/processes.ts";
import { Executor } from "./cluster_executor.ts";
import type { SshHosts } from "./ssh_hosts.ts";
import { argumentsOf, remoteDenoOf, type Way } from "./ways.ts";
import { record, witnessed } from "./witness.ts";

const HOSTS = [{ name: "n1", workers: 32 }, { name: "n2", workers: 32 }];
const LEASE = ["--lease", "3s", "--grace-period", "1s", "--retry-delay", "200ms"];

/** A launcher of both hosts, with so many workers each. */
export function launcherOf({ config }: SshHosts, way: Way, workers = 4): SshLauncher {
  const hosts = HOSTS.map(({ name }) => ({ name, workers }));
  return new SshLauncher({
    ...{ hosts, configFile: config, lease: 3_000 },
    remoteDeno: remoteDenoOf(way),
  });
}

/** Starts the command line; its workers take so many seconds for each of the items. */
export function conduct(
  { config }: SshHosts,
  { folder, items, work, way, args = [], names = "n1:3,n2:3" }: {
    folder: string;
    items: number;
    work: string;
    way: Way;
    args?: string[];
    names?: string;
  },
): Executor {
  const hosts = ["--launcher", "ssh", "--hosts", names, "--ssh-config", config];
  const where = [...hosts, ...argumentsOf(way)];
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
