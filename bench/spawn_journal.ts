/**
 * Rate of short processes with process groups, reaper and journal, beside xargs and its like.
 *
 * @module
 */
import type { Bench } from "./bench.ts";
import { concurrently, find, gnuParallel, moreutilsParallel, python } from "./peers.ts";
import { CLI, timeOf } from "./process.ts";

const RANGES = 2_000;
const WORKERS = 8;
/** The number of ranges for GNU parallel, which is slow. */
const FEWER_RANGES = 500;
/** The number of ranges for concurrently, which is slower: it starts a shell for each, among other things. */
const FEW_RANGES = 200;
const NUMBERS = Array.from({ length: RANGES }, (_, index) => `${index}`);

/** Prepares the bench. */
export const bench: Bench = async () => {
  const folder = await Deno.makeTempDir();
  const [xargs, parallel, moreutils] = [
    await find("xargs"),
    await gnuParallel(),
    await moreutilsParallel(),
  ];
  const [npm, peer] = [await concurrently(), await python("pool")];
  const perSecond = async (argv: string[], { stdin = "", ranges = RANGES } = {}) => ({
    rate: ranges / await timeOf(argv, stdin),
  });
  const row = { figure: "rate", unit: "ranges/s" };
  const what = `${RANGES} × /bin/true, ${WORKERS} workers, groups, reaper and journal`;
  return {
    contestants: {
      ours: async () => {
        const journal = await Deno.makeTempFile({ dir: folder });
        await Deno.remove(journal);
        const job = ["-n", `${RANGES}`, "-c", "1", "-w", `${WORKERS}`, "--journal", journal];
        const run = [Deno.execPath(), "run", "-A", "--quiet", CLI, "run", ...job];
        return await perSecond([...run, "--reporter", "quiet", "--", "/bin/true"]);
      },
      "xargs -P": xargs === undefined
        ? undefined
        : () =>
          perSecond([xargs, `-P${WORKERS}`, "-n1", "/bin/true"], { stdin: NUMBERS.join("\n") }),
      "GNU parallel": parallel === undefined ? undefined : () => {
        const stdin = NUMBERS.slice(0, FEWER_RANGES).join("\n");
        return perSecond([parallel, `-j${WORKERS}`, "/bin/true"], {
          stdin,
          ranges: FEWER_RANGES,
        });
      },
      "moreutils parallel": moreutils === undefined
        ? undefined
        : () => perSecond([moreutils, "-j", `${WORKERS}`, "/bin/true", "--", ...NUMBERS]),
      concurrently: npm === undefined ? undefined : () => {
        const commands = Array<string>(FEW_RANGES).fill("/bin/true");
        return perSecond([npm, "-m", `${WORKERS}`, ...commands], { ranges: FEW_RANGES });
      },
      "Python threads": peer === undefined
        ? undefined
        : () => perSecond([...peer, `${RANGES}`, `${WORKERS}`, "/bin/true"]),
    },
    rows: [
      {
        ...row,
        what: `${what}; peer: ${FEWER_RANGES}`,
        peer: "GNU parallel",
        target: { atLeast: 5 },
      },
      { ...row, what, peer: "xargs -P", target: { atLeast: 0.9 } },
      { ...row, what, peer: "moreutils parallel" },
      { ...row, what: `${what}; peer: ${FEW_RANGES}`, peer: "concurrently" },
      { ...row, what, peer: "Python threads" },
    ],
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
};
