/**
 * Measures the executor beside other tools: `deno task bench [--json FILE] [--runs N] [NAME…]`.
 *
 * @module
 */
import { parseArgs } from "@std/cli/parse-args";
import type { Bench } from "./bench.ts";
import { describeMachine, drawMachine } from "./machine.ts";
import { measure } from "./measure.ts";
import { removePeers } from "./peers.ts";
import { drawTable, type Result } from "./table.ts";

/** A bench, which is loaded when its turn comes, and the most runs that it gets unless more are asked for: some take long. */
interface Entry {
  readonly load: () => Promise<{ bench: Bench }>;
  readonly runs?: number;
}

/** All benches. */
const BENCHES: Readonly<Record<string, Entry>> = {
  "spawn-journal": { load: () => import("./spawn_journal.ts") },
  "spawn": { load: () => import("./spawn.ts") },
  "reaper": { load: () => import("./reaper.ts") },
  "flood": { load: () => import("./flood.ts"), runs: 3 },
  "watch": { load: () => import("./watch.ts"), runs: 3 },
  "frame": { load: () => import("./frame.ts"), runs: 3 },
  "resident": { load: () => import("./resident.ts"), runs: 3 },
  "lookup": { load: () => import("./lookup.ts"), runs: 3 },
  "start": { load: () => import("./start.ts") },
  "memory": { load: () => import("./memory.ts"), runs: 3 },
  "pilots": { load: () => import("./pilots.ts"), runs: 1 },
  "steps": { load: () => import("./steps.ts"), runs: 3 },
  "growth": { load: () => import("./growth.ts"), runs: 1 },
  "crowd": { load: () => import("./crowd.ts"), runs: 3 },
  "resume": { load: () => import("./resume.ts"), runs: 3 },
};
const RUNS = 5;

const { _: given, json, runs } = parseArgs(Deno.args, { string: ["json", "runs"] });
const names = given.length === 0 ? Object.keys(BENCHES) : given.map(String);
const unknown = names.find((name) => !Object.hasOwn(BENCHES, name));
if (unknown !== undefined) {
  console.error(`There is no bench ${unknown}: use ${Object.keys(BENCHES).join(", ")}`);
  Deno.exit(2);
}
if (runs !== undefined && !/^[1-9]\d*$/.test(runs)) {
  console.error(`--runs must be a positive integer: current value is "${runs}"`);
  Deno.exit(2);
}

const machine = await describeMachine();
const results: Result[] = [];
const failed: string[] = [];
try {
  for (const name of names) {
    const start = performance.now();
    try {
      const { load, runs: most = RUNS } = BENCHES[name]!;
      const { bench } = await load();
      results.push(...await measure(bench, { name, runs: Number(runs ?? most) }));
      console.error(`${name}: ${((performance.now() - start) / 1000).toFixed(0)} s`);
    } catch (error) {
      failed.push(name);
      console.error(`${name} failed: ${error instanceof Error ? error.message : error}`);
    }
  }
} finally {
  await removePeers();
}
console.log(`\n${drawMachine(machine)}\n\nmedians of interleaved runs\n\n${drawTable(results)}`);
if (json !== undefined) {
  await Deno.writeTextFile(json, `${JSON.stringify({ machine, results }, null, 2)}\n`);
}
if (failed.length > 0) Deno.exit(1);
