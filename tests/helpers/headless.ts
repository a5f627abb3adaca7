/**
 * A process whose main thread has ended: in /proc, it looks like a zombie.
 *
 * @module
 */

/** A program of Python whose main thread ends, and another one goes on. Prints its id. */
export const HEADLESS = `import ctypes, os, threading, time
threading.Thread(target=time.sleep, args=(100,)).start()
print("MESSAGE:", os.getpid(), flush=True)
ctypes.CDLL(None).syscall({"x86_64": 60, "aarch64": 93, "riscv64": 93, "ppc64le": 1, "s390x": 1}[os.uname().machine], 0)`;

/** The state of a process in /proc, and the number of its threads; undefined if it is gone. */
export function threadsOf(pid: number): { state: string; threads: number } | undefined {
  try {
    const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return { state: fields[0]!, threads: Number(fields[17]) };
  } catch {
    return undefined;
  }
}
