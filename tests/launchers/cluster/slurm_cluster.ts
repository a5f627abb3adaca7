import { until } from "../../helpers/processes.ts";
import { freePort } from "../../helpers/free_port.ts";
import { endProcess, mustRun, pidIn, run } from "./daemon.ts";
import {
  allProcesses,
  commandOf,
  descendants,
  isAlive,
  openFiles,
  signal,
} from "./process_tree.ts";
import { CPUS, type NodeName, NODES } from "./nodes.ts";
import { LoopbackNet, type NodeNet } from "./net.ts";

/** What differs between clusters. */
export interface ClusterOptions {
  /**
   * How Slurm confines the tasks of a step to the processors that the step has: not at all, by binding them, or by a control
   * group.
   */
  readonly taskPlugin?: "none" | "affinity" | "cgroup";
  /** The processors of each node; more than this machine has where tasks are not bound to any. */
  readonly cpus?: number;
}

/** Where Slurm makes control groups with processors; version 1 of them, as version 2 needs systemd. */
const GROUPS = "/sys/fs/cgroup/cpuset";

/** Whether Slurm can confine tasks by control groups here. */
export function hasGroups(): boolean {
  try {
    return Deno.uid() === 0 && Deno.statSync(`${GROUPS}/cpuset.cpus`).isFile;
  } catch {
    return false;
  }
}

/** Removes the control groups of all nodes, which steps that are killed leave. */
async function removeGroups(): Promise<void> {
  for (const node of NODES) {
    const group = `${GROUPS}/slurm_${node}`;
    // One that was just killed is in its group for a moment.
    await until(async () => {
      await run("find", [group, "-depth", "-type", "d", "-exec", "rmdir", "{}", "+"]);
      return !(await run("test", ["-e", group])).success;
    }, `${group} is removed`);
  }
}

/**
 * A Slurm cluster of three nodes on this machine, in a folder of its own, on ports of its own. What is started ends with it,
 * by number.
 */
export class SlurmCluster implements AsyncDisposable {
  /** Where Slurm's programs find it. */
  readonly env: { SLURM_CONF: string };
  readonly #folder: string;
  readonly #net: NodeNet;
  readonly #options: Required<ClusterOptions>;

  private constructor(folder: string, net: NodeNet, options: ClusterOptions) {
    this.#folder = folder;
    this.#net = net;
    this.#options = { cpus: CPUS, taskPlugin: "none", ...options };
    this.env = { SLURM_CONF: `${folder}/slurm.conf` };
  }

  /** Brings it up; fails when that cannot be. */
  static async up(
    net: NodeNet = new LoopbackNet(),
    options: ClusterOptions = {},
  ): Promise<SlurmCluster> {
    const folder = await Deno.makeTempDir({ dir: "/tmp", prefix: "slurm-" });
    await Deno.chmod(folder, 0o755);
    const cluster = new SlurmCluster(folder, net, options);
    try {
      await cluster.#configure();
      await cluster.#startMunge();
      await cluster.startController();
      for (const node of NODES) await cluster.startNode(node);
      await cluster.untilIdle();
      return cluster;
    } catch (error) {
      const log = await Deno.readTextFile(`${folder}/slurmctld.log`).catch(() => "");
      await cluster[Symbol.asyncDispose]();
      throw new Error(`the test cluster cannot be brought up: ${error}\n${log.slice(-2000)}`);
    }
  }

  /** Starts slurmctld. */
  async startController(): Promise<void> {
    await mustRun("slurmctld", [], this.env);
    await until(
      async () => (await run("scontrol", ["ping"], this.env)).stdout.includes("UP"),
      "slurmctld answers",
    );
  }

  /** Ends slurmctld, as for an upgrade. */
  async stopController(): Promise<void> {
    await endProcess(pidIn(this.#pidFile("slurmctld")));
  }

  /** Starts the daemon of a node. */
  async startNode(node: NodeName): Promise<void> {
    const [command = "", ...args] = this.#net.commandOn(node, ["slurmd", "-N", node]);
    await mustRun(command, args, this.env);
    await until(() => pidIn(this.#pidFile(node)) !== undefined, `slurmd of ${node} runs`);
  }

  /** Kills the daemon of a node and all that runs there, as a power failure would. */
  async killNode(node: NodeName): Promise<void> {
    await this.#kill(node);
    await this.#killSteps(node);
  }

  /** The processes that stand between a node and its steps: they hold its log. */
  stepds(node: NodeName): number[] {
    const log = `${this.#folder}/${node}.log`;
    return allProcesses().filter((pid) =>
      commandOf(pid).startsWith("slurmstepd") && openFiles(pid).includes(log)
    );
  }

  /** Waits until all nodes have nothing to do. */
  async untilIdle(): Promise<void> {
    await until(
      async () => (await run("sinfo", ["-h", "-o", "%T %D"], this.env)).stdout.trim() === "idle 3",
      "all nodes are idle",
      { patience: 40_000 },
    );
  }

  /** Ends all that was started. */
  async [Symbol.asyncDispose](): Promise<void> {
    await run("scancel", ["--full", "--me"], this.env).catch(() => {});
    for (const node of NODES) await endProcess(pidIn(this.#pidFile(node)));
    await endProcess(pidIn(this.#pidFile("slurmctld")));
    await endProcess(pidIn(this.#pidFile("munged")));
    for (const node of NODES) await this.#killSteps(node);
    if (this.#options.taskPlugin === "cgroup") await removeGroups();
    await this.#net[Symbol.asyncDispose]();
    await Deno.remove(this.#folder, { recursive: true });
  }

  async #killSteps(node: NodeName): Promise<void> {
    const stepds = this.stepds(node);
    const doomed = [...stepds, ...stepds.flatMap(descendants)];
    for (const pid of doomed) signal(pid, "SIGKILL");
    await until(() => !doomed.some(isAlive), `all steps of ${node} are dead`);
  }

  async #kill(daemon: string): Promise<void> {
    const pid = pidIn(this.#pidFile(daemon))!;
    signal(pid, "SIGKILL");
    await until(() => !isAlive(pid), `${daemon} is dead`);
    await Deno.remove(this.#pidFile(daemon));
  }

  #pidFile(daemon: string): string {
    return `${this.#folder}/${daemon}.pid`;
  }

  async #startMunge(): Promise<void> {
    const folder = `${this.#folder}/munge`;
    await Deno.mkdir(folder, { mode: 0o755 });
    const key = crypto.getRandomValues(new Uint8Array(128));
    await Deno.writeFile(`${folder}/key`, key, { mode: 0o600 });
    await mustRun("munged", [
      `--socket=${folder}/munge.sock`,
      `--key-file=${folder}/key`,
      `--log-file=${folder}/log`,
      `--pid-file=${this.#pidFile("munged")}`,
      `--seed-file=${folder}/seed`,
      "--force",
    ]);
  }

  async #configure(): Promise<void> {
    const folder = this.#folder;
    for (const name of ["state", "spool"]) await Deno.mkdir(`${folder}/${name}`);
    const host = (await mustRun("hostname", ["-s"])).trim();
    const user = (await mustRun("id", ["-un"])).trim();
    await Deno.writeTextFile(`${folder}/cgroup.conf`, "ConstrainCores=yes\n");
    const controller = this.#net.controllerAddress;
    await Deno.writeTextFile(
      this.env.SLURM_CONF,
      `ClusterName=test
SlurmctldHost=${host}(${controller})
SlurmctldPort=${freePort()}
SlurmUser=${user}
SlurmdUser=${user}
AuthType=auth/munge
AuthInfo=socket=${folder}/munge/munge.sock,cred_expire=5
CryptoType=crypto/munge
StateSaveLocation=${folder}/state
SlurmdSpoolDir=${folder}/spool/%n
SlurmctldPidFile=${this.#pidFile("slurmctld")}
SlurmdPidFile=${folder}/%n.pid
SlurmctldLogFile=${folder}/slurmctld.log
SlurmdLogFile=${folder}/%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/${this.#options.taskPlugin}
SwitchType=switch/none
MpiDefault=none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
JobRequeue=1
ReturnToService=2
SlurmctldTimeout=10
SlurmdTimeout=10
KillWait=5
MessageTimeout=5
InactiveLimit=0
SlurmdParameters=config_overrides
${
        NODES.map((node) =>
          `NodeName=${node} NodeHostname=${host} NodeAddr=${this.#net.addressOf(node)} ` +
          `Port=${freePort()} CPUs=${this.#options.cpus} RealMemory=1000 State=UNKNOWN`
        ).join("\n")
      }
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP PriorityTier=1 GraceTime=6
PartitionName=urgent Nodes=ALL MaxTime=INFINITE State=UP PriorityTier=2
`,
    );
  }
}
