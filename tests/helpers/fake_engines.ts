/**
 * Stand-ins for ssh and for the programs of Slurm, which run on this machine what the real ones would run on a node.
 *
 * @module
 */
import { writeProgram } from "./programs.ts";

/**
 * Hands its words to a shell, as sshd does, unless there is a file `refused-HOST` beside it. Workers find the name of the host in
 * `FAKE_NODE`. It writes the id of the process of each connection, after the name of its host.
 */
const SSH = `#!/bin/sh
folder=\${0%/*}
while [ $# -gt 0 ] && [ "$1" != -- ]; do shift; done
export FAKE_NODE="$2"
shift 2
[ ! -e "$folder/refused-$FAKE_NODE" ] || exit 255
case $* in
  *executor-agent*) echo "$FAKE_NODE" >>"$folder/shells" ;;
  *executor-connected*) echo "$FAKE_NODE $$" >>"$folder/connections" ;;
esac
exec /bin/sh -c "$*"
`;

/** Runs the command after its options as a step. */
const SRUN = `#!/bin/sh
folder=\${0%/*}
export SLURM_STEP_ID=$$ SLURMD_NODENAME=n0
options=
while [ "\${1#--}" != "$1" ]; do
  options="$options $1"
  case $1 in
    --nodelist=*) SLURMD_NODENAME=\${1#*=} ;;
    --cpus-per-task=*) export SLURM_CPUS_PER_TASK="\${1#*=}" ;;
  esac
  shift
done
export FAKE_NODE="$SLURMD_NODENAME"
echo "$options" >>"$folder/steps"
env >>"$folder/variables"
exec "$@"
`;

/** Says what the file `job` beside it has. */
const SCONTROL = `#!/bin/sh
exec cat "\${0%/*}/job"
`;

/** What `scontrol` says about a job that runs on nodes, such as `NodeList=n1 Nodes=n1 CPU_IDs=0-1 Mem=0`. */
export function fakeJob(nodes: string): string {
  return `JobId=7 JobName=x JobState=RUNNING Reason=None PreemptTime=None ${nodes}\n`;
}

/** Puts a stand-in for ssh into a folder, and returns the environment in which it is found. */
export async function fakeSsh(folder: string): Promise<Record<string, string>> {
  return await install(folder, { ssh: SSH });
}

/** Puts stand-ins for Slurm into a folder, and returns the environment of a job there. */
export async function fakeSlurm(folder: string, nodes: string): Promise<Record<string, string>> {
  await Deno.writeTextFile(`${folder}/job`, fakeJob(nodes));
  const nothing = "#!/bin/sh\n";
  const programs = { srun: SRUN, scontrol: SCONTROL, squeue: nothing, scancel: nothing };
  return { ...await install(folder, programs), SLURM_JOB_ID: "7", SLURM_NTASKS: "4" };
}

/** Returns the lines that a stand-in has written beside itself. */
export async function linesOf(
  folder: string,
  name: "connections" | "shells" | "steps" | "variables",
): Promise<string[]> {
  const text = await Deno.readTextFile(`${folder}/${name}`).catch(() => "");
  return text.split("\n").filter((line) => line !== "");
}

async function install(
  folder: string,
  programs: Readonly<Record<string, string>>,
): Promise<Record<string, string>> {
  for (const [name, script] of Object.entries(programs)) {
    await writeProgram(`${folder}/${name}`, script);
  }
  return { PATH: `${folder}:${Deno.env.get("PATH")}` };
}
