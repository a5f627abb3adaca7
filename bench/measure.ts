/**
 * Measures a bench: its contestants run in turns.
 *
 * @module
 */
import type { Bench, Figures } from "./bench.ts";
import { judge, type Result } from "./table.ts";

/** Prepares a bench, has each contestant run so many times, and judges its rows. */
export async function measure(
  bench: Bench,
  { name, runs }: { name: string; runs: number },
): Promise<Result[]> {
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
