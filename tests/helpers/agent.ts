import type { Launcher, WorkerCommand } from "@lambdawaker/executor/launchers";
import { agentLine, BOOTSTRAP } from "../../src/launchers/remote/agent.ts";
import { RemoteProcess } from "../../src/launchers/remote/remote_process.ts";
import { type Need, needs, POSIX, testWith } from "./needs.ts";
import { until } from "./processes.ts";

/** Shells that may run an agent. */
export const SHELLS = [["dash"], ["bash"], ["busybox", "sh"]];

/** What agents need. */
export const AGENT_NEEDS = needs(POSIX, "setsid");

/** Resolve when nothing is left of the agents that the test has started. */
const closed: Promise<void>[] = [];

/** Returns a launcher that runs agents in a local shell, without a remote client; a run waits until they are gone. */
export function agentIn(
  [command = "", ...args]: string[],
  { env, lease = 3_000 }: { env?: Record<string, string>; lease?: number } = {},
): Launcher {
  const variables = env && { ...Deno.env.toObject(), ...env };
  const client = { command, args: [...args, ...BOOTSTRAP.slice(1)], env: variables };
  const launch = (command: WorkerCommand) => {
    const worker = RemoteProcess.start(client, { command, gracePeriod: 1_000, lease });
    closed.push(worker.closed);
    return worker;
  };
  return {
    launch,
    open: () => ({ launch, [Symbol.asyncDispose]: async () => void await Promise.all(closed) }),
  };
}

/** Defines a test for each shell that is installed; `more` is what it needs besides. It is over when its agents are gone. */
export function inEachShell(
  name: string,
  test: (shell: string[]) => Promise<void>,
  more: readonly Need[] = [],
): void {
  for (const shell of SHELLS) {
    testWith(
      `agent in ${shell.join(" ")}: ${name}`,
      needs(POSIX, "setsid", shell[0]!, ...more),
      async () => {
        try {
          await test(shell);
        } finally {
          // The status of a worker is known before its agent is gone.
          await Promise.all(closed.splice(0));
        }
      },
    );
  }
}

/**
 * Sends words to an agent, with pauses in milliseconds and `"end"` for the end of its stdin. At a pattern, it waits until what the
 * agent has said matches; a function is called with the agent's process id.
 */
export async function converse(
  [command = "", ...args]: string[],
  { lease, words, script = "exec sleep 60", env }: {
    lease: number;
    words: (string | number | RegExp | ((agent: number) => void | Promise<void>))[];
    script?: string;
    /** Added to the environment of the agent's shell. */
    env?: Record<string, string>;
  },
): Promise<{ text: string; took: number }> {
  const child = new Deno.Command(command, {
    args: [...args, ...BOOTSTRAP.slice(1)],
    env,
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const stdin = child.stdin.getWriter();
  const id = `${crypto.randomUUID()}.0.1`;
  const worker = { command: "sh", args: ["-c", script], env: { EXECUTOR_ATTEMPT_ID: id } };
  await stdin.write(agentLine(worker, { nonce: "nonce", cwd: "/", gracePeriod: 1_000, lease }));
  const start = performance.now();
  const talk = async () => {
    for (const word of words) {
      if (word === "end") await stdin.close();
      else if (typeof word === "string") await stdin.write(new TextEncoder().encode(word));
      else if (typeof word === "function") await word(child.pid);
      else if (typeof word === "number") await new Promise((resolve) => setTimeout(resolve, word));
      else await until(() => word.test(text), `the agent says ${word}`);
    }
  };
  let text = "";
  const listen = async () => {
    for await (const part of child.stdout.pipeThrough(new TextDecoderStream())) text += part;
  };
  await Promise.all([listen(), talk()]);
  const took = performance.now() - start;
  await child.status;
  await stdin.close().catch(() => {});
  return { text, took };
}
