/**
 * Lists as Slurm writes them: names of nodes, numbers per node, and ids of CPUs.
 *
 * @module
 */

/** Expands the names of nodes: `n[1-3,07],login` stands for n1, n2, n3, n07 and login. */
export function expandHosts(list: string): string[] {
  return splitOutside(list).flatMap(expandName);
}

/** Expands numbers per node: `8(x3),4` stands for 8, 8, 8 and 4. */
export function expandCounts(list: string): number[] {
  if (list === "") return [];
  return list.split(",").flatMap((part) => {
    const [, count = "1", times = "1"] = /^(\d+)(?:\(x(\d+)\))?$/.exec(part) ?? [];
    return Array<number>(Number(times)).fill(Number(count));
  });
}

/** Counts ids: `0-3,8` are five. */
export function countIds(list: string): number {
  return list.split(",").reduce((sum, part) => {
    const [, first, last = first] = /^(\d+)(?:-(\d+))?$/.exec(part) ?? [];
    return first === undefined ? sum : sum + Number(last) - Number(first) + 1;
  }, 0);
}

/** Splits at the commas that are not in brackets. */
function splitOutside(list: string): string[] {
  return list.match(/(?:[^,[\]]|\[[^\]]*\])+/g) ?? [];
}

function expandName(name: string): string[] {
  const [, prefix, ranges, rest = ""] = /^([^[]*)\[([^\]]*)\](.*)$/.exec(name) ?? [];
  if (ranges === undefined) return [name];
  const ends = expandName(rest);
  return ranges.split(",").flatMap(expandRange).flatMap((number) =>
    ends.map((end) => `${prefix}${number}${end}`)
  );
}

/** `08-11` has the width of its first number. */
function expandRange(range: string): string[] {
  const [first = "", last = first] = range.split("-");
  const count = Number(last) - Number(first) + 1;
  if (!(count > 0)) return [range];
  return Array.from(
    { length: count },
    (_, index) => `${Number(first) + index}`.padStart(first.length, "0"),
  );
}
