import type { Launcher, WorkerCommand, WorkerProcess } from "@lambdawaker/executor/launchers";
import type { ProcessExit } from "@lambdawaker/executor/events";

/** Behaviour of a fake process: prints its lines and exits. Without an exit, it waits for a signal. */
export interface FakeScript {
  lines: readonly string[];
  exit?: ProcessExit;
  /** Whether it ignores all signals except SIGKILL. */
  ignoresSignals?: boolean;
}

/** Launcher of fake processes, which take no time. */
export class FakeLauncher implements Launcher {
  readonly #script: (command: WorkerCommand) => FakeScript;
  #nextPid = 1;

  constructor(script: (command: WorkerCommand) => FakeScript) {
    this.#script = script;
  }

  launch(command: WorkerCommand): FakeProcess {
    return new FakeProcess(this.#nextPid++, this.#script(command));
  }
}

class FakeProcess implements WorkerProcess {
  readonly stdout: ReadableStream<Uint8Array>;
  readonly stderr = ReadableStream.from<Uint8Array>([]);
  readonly status: Promise<ProcessExit>;
  readonly #script: FakeScript;
  readonly #ended = Promise.withResolvers<ProcessExit>();
  #isAlive = true;

  constructor(readonly pid: number, script: FakeScript) {
    this.#script = script;
    this.stdout = ReadableStream.from(
      script.lines.map((line) => new TextEncoder().encode(`${line}\n`)),
    );
    this.status = this.#ended.promise;
    if (script.exit) this.#end(script.exit);
  }

  kill(signal: Deno.Signal): void {
    if (signal === "SIGKILL" || !this.#script.ignoresSignals) {
      this.#end({ kind: "signaled", signal });
    }
  }

  groupIsAlive(): boolean {
    return this.#isAlive;
  }

  #end(exit: ProcessExit): void {
    this.#isAlive = false;
    this.#ended.resolve(exit);
  }
}

/** Returns a launcher of processes, each of which has printed nothing and has ended. Some of its members are others. */
export function ended(change: object | (() => object)): Launcher {
  const empty = () => ReadableStream.from<Uint8Array>([]);
  const status = Promise.resolve({ kind: "exited", code: 0 });
  return {
    launch() {
      const process = { pid: 1, stdout: empty(), stderr: empty(), status, kill() {} };
      const changed = typeof change === "function" ? change() : change;
      return Object.assign({ ...process, groupIsAlive: () => false }, changed) as WorkerProcess;
    },
  };
}
