/**
 * The runtime of a worker that is written for Deno, Node.js or Bun.
 *
 * @module
 */
import type { ByteWriterSync } from "./write_all.ts";

/** What a worker needs of its runtime. */
export interface WorkerRuntime {
  readonly pid: number;
  readonly args: readonly string[];
  env(name: string): string | undefined;
  setEnv(name: string, value: string): void;
  readonly stdout: ByteWriterSync;
  readonly stderr: ByteWriterSync;
  setExitCode(code: number): void;
  /** Calls a function when the process ends by itself or by an exit, with its exit code, which may still be set. */
  onExit(call: (code: number) => void): void;
  /** Takes stdin for the ranges. Programs that the worker calls get an empty one where that is possible: not on Deno or Windows. */
  openStdin(): AsyncIterable<Uint8Array>;
}

/** Returns the runtime of this process. */
export function runtime(): WorkerRuntime {
  const { Deno } = globalThis as Runtime;
  if (Deno !== undefined) {
    return {
      pid: Deno.pid,
      args: Deno.args,
      env: (name) => Deno.env.get(name),
      setEnv: (name, value) => Deno.env.set(name, value),
      stdout: Deno.stdout,
      stderr: Deno.stderr,
      setExitCode: (code) => void (Deno.exitCode = code),
      onExit: (call) => globalThis.addEventListener("unload", () => call(Deno.exitCode)),
      openStdin: () => Deno.stdin.readable,
    };
  }
  // This comes after Deno: without /proc, Deno ends a process that asks for `process`, as it finds its own path there.
  const { process } = globalThis as Runtime;
  if (process === undefined) throw new Error("Cannot work for the executor as there is no process");
  const fs = process.getBuiltinModule("node:fs");
  const net = process.getBuiltinModule("node:net");
  const writer = (fd: number): ByteWriterSync => ({
    writeSync: (bytes) => unlessFull(() => fs.writeSync(fd, bytes)),
  });
  const readerOf = (fd: number) => {
    try {
      // With a stream of node:fs, a read keeps a thread, and process.exit() waits for it in Node. Bun has no such sockets.
      if (!("bun" in process.versions)) return new net.Socket({ fd });
    } catch {
      // It is a file.
    }
    return fs.createReadStream("", { fd });
  };
  return {
    pid: process.pid,
    args: process.argv.slice(2),
    env: (name) => process.env[name],
    setEnv: (name, value) => void (process.env[name] = value),
    stdout: writer(1),
    stderr: writer(2),
    setExitCode: (code) => void (process.exitCode = code),
    onExit: (call) => process.on("exit", call),
    openStdin: () => {
      let fd: number;
      try {
        fd = fs.openSync("/dev/fd/0", "r");
      } catch {
        // Windows has no such file, and a socket cannot be opened again.
        return fs.createReadStream("", { fd: 0 });
      }
      const input = readerOf(fd);
      fs.closeSync(0);
      fs.openSync("/dev/null", "r");
      return input;
    },
  };
}

/** The parts of `globalThis` that lead to the process. Which of them are there depends on the runtime. */
interface Runtime {
  readonly Deno?: {
    readonly pid: number;
    readonly args: readonly string[];
    readonly env: { get(name: string): string | undefined; set(name: string, value: string): void };
    readonly stdin: { readonly readable: AsyncIterable<Uint8Array> };
    readonly stdout: ByteWriterSync;
    readonly stderr: ByteWriterSync;
    exitCode: number;
  };
  readonly process?: {
    readonly pid: number;
    readonly argv: readonly string[];
    readonly env: Record<string, string | undefined>;
    exitCode?: number;
    readonly versions: Readonly<Record<string, string | undefined>>;
    on(event: "exit", call: (code: number) => void): void;
    getBuiltinModule<Name extends keyof NodeModules>(name: Name): NodeModules[Name];
  };
}

interface NodeModules {
  readonly "node:fs": {
    writeSync(fd: number, bytes: Uint8Array): number;
    openSync(path: string, flags: string): number;
    closeSync(fd: number): void;
    createReadStream(path: string, options: { fd: number }): AsyncIterable<Uint8Array>;
  };
  readonly "node:net": {
    readonly Socket: new (options: { fd: number }) => AsyncIterable<Uint8Array>;
  };
}

/** Time after which a full pipe is tried again, in milliseconds. */
const FULL_PIPE_MS = 5;

/** Writes; waits while the pipe is full, which is an error where it does not block. */
function unlessFull(write: () => number): number {
  try {
    return write();
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EAGAIN")) throw error;
  }
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, FULL_PIPE_MS);
  return 0;
}
