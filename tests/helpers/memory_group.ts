/**
 * A control group that limits the memory of a command, for tests that need processes to be killed for lack of it.
 *
 * @module
 */
import type { Need } from "./needs.ts";
import { until } from "./processes.ts";

const ROOT = "/sys/fs/cgroup/memory";

/** Control groups of version 1, in which this process may make others. */
export const MEMORY_GROUP: Need = {
  name: "the right to make control groups of version 1",
  get isMet() {
    try {
      const path = `${ownGroup()}/executor-trial-${Deno.pid}`;
      Deno.mkdirSync(path);
      Deno.removeSync(path);
      return true;
    } catch {
      return false;
    }
  },
};

function ownGroup(): string {
  const [, path = ""] = /^\d+:memory:(.*)$/m.exec(Deno.readTextFileSync("/proc/self/cgroup")) ?? [];
  return `${ROOT}${path}`;
}

/** Puts the shell into the group. */
const ENTER = 'echo $$ > "$1/cgroup.procs" && shift && exec "$@"';

/** The first command of a worker: the kernel is to kill it rather than the executor. */
export const MAY_BE_KILLED = "echo 1000 > /proc/$$/oom_score_adj";

/** Runs a command in a group of its own that may use `bytes` of memory. Returns its exit code and what it printed. */
export async function runInMemoryGroup(
  bytes: number,
  { command, args }: { command: string; args: readonly string[] },
): Promise<{ code: number; stdout: string; stderr: string }> {
  const group = `${ownGroup()}/executor-test-${crypto.randomUUID()}`;
  await Deno.mkdir(group);
  try {
    await Deno.writeTextFile(`${group}/memory.limit_in_bytes`, `${bytes}`);
    const { code, stdout, stderr } = await new Deno.Command("sh", {
      args: ["-c", ENTER, "sh", group, command, ...args],
    }).output();
    const decoder = new TextDecoder();
    return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
  } finally {
    await until(
      () => Deno.readTextFileSync(`${group}/cgroup.procs`) === "",
      "the group is empty",
    );
    await Deno.remove(group);
  }
}
