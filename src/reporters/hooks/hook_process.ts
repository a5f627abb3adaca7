/**
 * Process of a hook: a shell that runs a command line of the person, within a limit of time.
 *
 * @module
 */
import { onAbort } from "../../base/abort.ts";
import { awakeClock, sleep } from "../../base/clock.ts";
import { errorMessage } from "../../base/errors.ts";
import type { WorkerProcess } from "../../launchers/launcher.ts";
import { LocalLauncher } from "../../launchers/local/local_launcher.ts";
import { Termination } from "../../launchers/termination.ts";
import type { ProcessExit } from "../../model/cause.ts";
import type { HookGuard } from "./hook_guard.ts";
import { HookOutput } from "./hook_output.ts";

/** A hook that is to run once. */
export interface HookCall {
  /** The command line, which `/bin/sh -c` reads. */
  readonly line: string;
  /** The text on its stdin. */
  readonly input: string;
  /** Variables that are added to its environment. */
  readonly env: Readonly<Record<string, string>>;
}

/** Options of {@linkcode runHook}. */
export interface HookOptions {
  /** The time that the hook has, in milliseconds. */
  readonly limit: number;
  /** Ends it before that time, as if the time were over. */
  readonly expire?: AbortSignal;
  /** Kills it at once. */
  readonly kill: AbortSignal;
  /** Ends it if this process is killed after the end of the run. */
  readonly guard: HookGuard;
  /** Prints what the hook prints, in whole lines. */
  readonly print: (lines: string) => void;
}

/** Time from SIGTERM to SIGKILL for a hook whose time is over, in milliseconds. */
export const GRACE_MS = 1_000;
/** How long a process may stay in the group of a hook that has ended, in milliseconds. */
const SETTLE_MS = 100;
const POLL_MS = 10;

const launcher = new LocalLauncher();

/**
 * Runs a hook as the leader of its own session. Resolves when no process of its group is left: to a text about what went
 * wrong, such as "ended with exit code 3", or to undefined if nothing did, or if it was killed by `kill`. Never rejects.
 */
export async function runHook(call: HookCall, options: HookOptions): Promise<string | undefined> {
  const { limit, expire, kill, guard, print } = options;
  if (kill.aborted) return undefined;
  const child = await launchGuarded(call, options);
  if (child === undefined || typeof child === "string") return child;
  const output = new HookOutput(print);
  output.add(child.stdout);
  output.add(child.stderr);
  const input = child.stdin!.getWriter();
  feed(input, call.input);
  const end = new HookEnd(child);
  const fault = await end.wait({ limit, expire, kill });
  guard.remove(child.pid);
  await output.settle();
  // A process that has left its group may still hold the pipe, and never read it: the write may not end, and is not waited for.
  input.abort().catch(() => {});
  return kill.aborted ? undefined : fault;
}

/**
 * Starts a hook, so that a reaper ends it whenever this process is killed. Resolves to why it cannot be started, if so, and to
 * undefined if `kill` came first.
 */
async function launchGuarded(
  call: HookCall,
  { guard, kill }: Pick<HookOptions, "guard" | "kill">,
): Promise<WorkerProcess | string | undefined> {
  if (Deno.permissions.querySync({ name: "run" }).state !== "granted") {
    return "cannot be started: run Deno with --allow-run, without a list";
  }
  using _expected = await guard.expect(call.env.EXECUTOR_RUN_ID ?? "");
  if (kill.aborted) return undefined;
  const child = launch(call);
  if (typeof child !== "string") guard.add(child.pid);
  return child;
}

function launch({ line, env }: HookCall): WorkerProcess | string {
  try {
    // It belongs to the run of its environment: the reaper of that run ends it if this process is killed.
    return launcher.launch({ command: "/bin/sh", args: ["-c", line], env, stdin: "piped" });
  } catch (error) {
    return `cannot be started: ${errorMessage(error)}`;
  }
}

/** Writes the input. A hook need not read it. Never rejects. */
async function feed(
  writer: WritableStreamDefaultWriter<Uint8Array>,
  input: string,
): Promise<void> {
  try {
    await writer.write(new TextEncoder().encode(input));
    await writer.close();
  } catch {
    // It has closed its stdin, or has ended.
  }
}

/** Watches a hook to its end, and ends what is left of its group. */
class HookEnd {
  readonly #child: WorkerProcess;
  readonly #termination: Termination;
  readonly #ended = Promise.withResolvers<ProcessExit | undefined>();
  #isLate = false;

  constructor(child: WorkerProcess) {
    this.#child = child;
    this.#termination = new Termination(child, { clock: awakeClock, gracePeriod: GRACE_MS });
  }

  async wait(
    { limit, expire, kill }: Omit<HookOptions, "print" | "guard">,
  ): Promise<string | undefined> {
    using _limit = awakeClock.after(limit, () => this.#expire());
    using _expire = expire && onAbort(expire, () => this.#expire());
    using _kill = onAbort(kill, () => this.#kill());
    this.#child.status.then(this.#ended.resolve);
    const exit = await this.#ended.promise;
    const hasRest = exit !== undefined && await this.#hasRest();
    if (hasRest) this.#termination.signal("SIGTERM");
    await this.#termination.done;
    if (this.#termination.gaveUp) return "cannot be ended";
    if (this.#isLate) return "had not ended in time, and was ended";
    if (exit?.kind === "signaled") return `was ended by ${exit.signal}`;
    if (exit?.kind === "exited" && exit.code !== 0) return `ended with exit code ${exit.code}`;
    return hasRest ? "left processes behind, which were ended" : undefined;
  }

  /** Resolves to whether a process of its group stays. One may just be ending, or about to leave for its own session. */
  async #hasRest(): Promise<boolean> {
    const end = awakeClock.now() + SETTLE_MS;
    while (this.#child.groupIsAlive()) {
      if (awakeClock.now() >= end) return true;
      await sleep(awakeClock, POLL_MS);
    }
    return false;
  }

  #expire(): void {
    this.#isLate = true;
    this.#claimAll();
    this.#termination.signal("SIGTERM");
    this.#giveUpLater();
  }

  #kill(): void {
    this.#claimAll();
    this.#termination.kill();
    this.#giveUpLater();
  }

  /** What it has put into groups and sessions of its own ends with it. If it has ended by itself, that may be meant to stay. */
  #claimAll(): void {
    this.#child.claimAll?.();
  }

  /** A process that cannot be killed is not waited for. */
  #giveUpLater(): void {
    this.#termination.done?.then(() => this.#ended.resolve(undefined));
  }
}
