import type { Launcher } from "@lambdawaker/executor/launchers";
import { RemoteProcess } from "../../src/launchers/remote/remote_process.ts";
import { BOOTSTRAP } from "../../src/launchers/remote/agent.ts";
import { PilotLink, type PilotLinkOptions } from "../../src/launchers/pilot/pilot_link.ts";
import type { PilotNode, PilotNodes } from "../../src/launchers/pilot/pilot_node.ts";
import { PilotRun } from "../../src/launchers/pilot/pilot_run.ts";
import { windowFor } from "../../src/launchers/pilot/window.ts";
import { needs, POSIX } from "./needs.ts";

/** Options of {@linkcode startLink}. */
export interface StartLinkOptions extends Partial<Omit<PilotLinkOptions, "warn">> {
  /** The environment of the session on the node; that of this process if left out. */
  readonly env?: Readonly<Record<string, string>>;
  /** The shell there. */
  readonly shell?: string;
}

/** Starts a pilot in a shell of this machine. Warnings are collected. */
export function startLink(
  { env, shell = "sh", ...options }: StartLinkOptions = {},
): { readonly link: PilotLink; readonly warnings: readonly string[] } {
  const warnings: string[] = [];
  const client = { command: shell, args: BOOTSTRAP.slice(1), env };
  const link = PilotLink.start(client, {
    ...{ runId: "run", node: "n1", gracePeriod: 1_000, lease: 10_000, deno: Deno.execPath() },
    window: windowFor(1),
    warn: (text) => void warnings.push(text),
    onLost: () => Promise.resolve(),
    ...options,
  });
  return { link, warnings };
}

/** What pilots need. */
export const PILOT_NEEDS = needs(POSIX, "setsid");

/** A node of {@linkcode pilotsOn}. */
export interface LocalNode {
  readonly name: string;
  readonly workers: number;
  /** What comes before the shell on the way to the node. */
  readonly way?: readonly string[];
}

/** Options of {@linkcode pilotsOn}. */
export interface PilotsOptions {
  readonly lease?: number;
  /** Deno on the nodes. */
  readonly deno?: string;
  /** Told when a way to a node is closed. */
  readonly onClosed?: (node: string) => void;
  /** See {@linkcode PilotNodes.onChange}. A node that is taken out of the list has left the run. */
  readonly onChange?: PilotNodes["onChange"];
  /** See {@linkcode PilotNodes.refusal}. */
  readonly refusal?: PilotNodes["refusal"];
}

/** Returns a launcher whose nodes are shells on this machine, each with a pilot. */
export function pilotsOn(
  nodes: readonly LocalNode[],
  { lease = 3_000, deno, onClosed = () => {}, onChange, refusal }: PilotsOptions = {},
): Launcher {
  return {
    launch() {
      throw new Error("the run is not open");
    },
    open(run) {
      const agents: Promise<void>[] = [];
      const made = Array.from(nodes, (node): PilotNode => {
        const [command = "", ...args] = [...(node.way ?? []), ...BOOTSTRAP];
        const client = { command, args, engine: { node: node.name } };
        return {
          ...node,
          connect: () => Promise.resolve({ client, [Symbol.dispose]: () => onClosed(node.name) }),
          launchWithAgent: (command) => {
            const { gracePeriod } = run;
            const worker = RemoteProcess.start(client, { command, lease, gracePeriod });
            agents.push(worker.closed);
            return Promise.resolve(worker);
          },
        };
      });
      const all = {
        current: () => made.filter(({ name }) => nodes.some((node) => node.name === name)),
        onChange,
        refusal,
        [Symbol.asyncDispose]: async () => void await Promise.all(agents),
      };
      return new PilotRun({ nodes: all, lease, deno, run });
    },
  };
}

/** Opens such a launcher for a test that calls `launch` itself; warnings are collected. */
export async function openPilots(
  nodes: readonly LocalNode[],
  options: PilotsOptions & { readonly gracePeriod?: number } = {},
): Promise<Launcher & AsyncDisposable & { readonly warnings: readonly string[] }> {
  const warnings: string[] = [];
  const opened = await pilotsOn(nodes, options).open!({
    runId: crypto.randomUUID(),
    gracePeriod: options.gracePeriod ?? 1_000,
    earlierRuns: [],
    unfinished: [],
    inFlight: [],
    signal: new AbortController().signal,
    warn: (text) => void warnings.push(text),
  });
  return {
    warnings,
    launch: (command) => opened.launch(command),
    [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose](),
  };
}
