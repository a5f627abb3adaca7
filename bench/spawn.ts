/**
 * Rate of short processes without a journal, beside a bare loop that starts them and waits.
 *
 * @module
 */
import type { Bench } from "./bench.ts";
import { find } from "./peers.ts";
import { figuresOf, program } from "./process.ts";

const RANGES = 2_000;

/** Prepares the bench. */
export const bench: Bench = async () => {
  const setsid = await find("setsid");
  const loop = (...argv: string[]) => () => figuresOf(program("spawn_loop", `${RANGES}`, ...argv));
  const row = { figure: "rate", unit: "ranges/s" };
  const what = `${RANGES} × /bin/true, 8 workers, groups and reaper`;
  return {
    contestants: {
      ours: () => figuresOf(program("spawn_ours", `${RANGES}`)),
      "loop with setsid": setsid === undefined ? undefined : loop(setsid, "/bin/true"),
      "loop with detached": loop("--detached", "/bin/true"),
      "loop without groups": loop("/bin/true"),
    },
    rows: [
      { ...row, what, peer: "loop with setsid", target: { atLeast: 0.8 } },
      { ...row, what, peer: "loop with detached" },
      { ...row, what, peer: "loop without groups", target: { atLeast: 0.8 } },
    ],
    [Symbol.asyncDispose]: async () => {},
  };
};
