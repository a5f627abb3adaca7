/**
 * Measures the executor beside other tools: `deno task bench [--json FILE] [--runs N] [NAME…]`.
 *
 * @module
 */
import { parseArgs } from "@std/cli/parse-args";
import type { Bench, Figures } from "./bench.ts";
import { removePeers } from "./peers.ts";
import { drawTable, judge, type Result } from "./table.ts";

/** All benches; each is loaded when its turn comes. */
const BENCHES: Readonly<Record<string, () => Promise<{ bench: Bench }>>> = {
  "spawn-journal": () => import("./spawn_journal.ts"),
  "spawn": () => import("./spawn.ts"),
  "reaper": () => import("./reaper.ts"),
  "flood": () => import("./flood.ts"),
  "watch": () => import("./watch.ts"),
  "frame": () => import("./frame.ts"),
  "resident": () => import("./resident.ts"),
  "lookup": () => import("./lookup.ts"),
  "start": () => import("./start.ts"),
  "memory": () => import("./memory.ts"),
  "steps": () => import("./steps.ts"),
  "growth": () => import("./growth.ts"),
  "resume": () => import("./resume.ts"),
};

async function measure(name: string, runs: number): Promise<Result[]> {
  const { bench } = await BENCHES[name]!();
  await using open = await bench();
  const figures = new Map<string, Figures[]>();
  for (let run = 0; run < runs; run++) {
    for (const [contestant, once] of Object.entries(open.contestants)) {
      if (once === undefined) continue;
      const list = figures.get(contestant) ?? [];
      list.push(await once());
      figures.set(contestant, list);
    }
  }
  return open.rows.map((row) => judge(row, { bench: name, runs: figures }));
}

const { _: given, json, runs = "5" } = parseArgs(Deno.args, { string: ["json", "runs"] });
const names = given.length === 0 ? Object.keys(BENCHES) : given.map(String);
const unknown = names.find((name) => !Object.hasOwn(BENCHES, name));
if (unknown !== undefined) {
  console.error(`There is no bench ${unknown}: use ${Object.keys(BENCHES).join(", ")}`);
  Deno.exit(2);
}
if (!/^[1-9]\d*$/.test(runs)) {
  console.error(`--runs must be a positive integer: current value is "${runs}"`);
  Deno.exit(2);
}

const results: Result[] = [];
const failed: string[] = [];
try {
  for (const name of names) {
    const start = performance.now();
    try {
      results.push(...await measure(name, Number(runs)));
      console.error(`${name}: ${((performance.now() - start) / 1000).toFixed(0)} s`);
    } catch (error) {
      failed.push(name);
      console.error(`${name} failed: ${error instanceof Error ? error.message : error}`);
    }
  }
} finally {
  await removePeers();
}
console.log(`\nmedians of ${runs} interleaved runs\n\n${drawTable(results)}`);
if (json !== undefined) {
  await Deno.writeTextFile(json, `${JSON.stringify({ runs: Number(runs), results }, null, 2)}\n`);
}
if (failed.length > 0) Deno.exit(1);
