/**
 * A control group (cgroup v1) with little memory, in which the kernel kills what needs more.
 *
 * @module
 */
import type { Need } from "./needs.ts";
import { until } from "./processes.ts";

const ROOT = "/sys/fs/cgroup/memory";

/** A control group for memory may be made. */
export const MEMORY_GROUP: Need = {
  name: "a writable cgroup v1 for memory",
  get isMet() {
    const folder = `${ROOT}/executor-trial-${crypto.randomUUID()}`;
    try {
      Deno.mkdirSync(folder);
      const hasCounter = Deno.readTextFileSync(`${folder}/memory.oom_control`).includes(
        "oom_kill ",
      );
      Deno.removeSync(folder);
      return hasCounter;
    } catch {
      return false;
    }
  },
};

/** Makes a group, which is removed when all its processes have ended. */
export function memoryGroup(bytes: number): AsyncDisposable & { readonly procs: string } {
  const folder = `${ROOT}/executor-test-${crypto.randomUUID()}`;
  Deno.mkdirSync(folder);
  Deno.writeTextFileSync(`${folder}/memory.limit_in_bytes`, `${bytes}`);
  const procs = `${folder}/cgroup.procs`;
  return {
    procs,
    async [Symbol.asyncDispose]() {
      await until(() => Deno.readTextFileSync(procs) === "", "the group is empty");
      Deno.removeSync(folder);
    },
  };
}

/** Puts the shell into the group. */
const ENTER = 'echo $$ > "$1" && shift && exec "$@"';

/** The first command of a worker: the kernel is to kill it rather than the executor. */
export const MAY_BE_KILLED = "echo 1000 > /proc/$$/oom_score_adj";

/** Runs a command in a group of its own that may use `bytes` of memory. Returns its exit code and what it printed. */
export async function runInMemoryGroup(
  bytes: number,
  { command, args }: { command: string; args: readonly string[] },
): Promise<{ code: number; stdout: string; stderr: string }> {
  await using group = memoryGroup(bytes);
  const { code, stdout, stderr } = await new Deno.Command("sh", {
    args: ["-c", ENTER, "sh", group.procs, command, ...args],
  }).output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}
