// SIGKILL of the executor at random moments: the reaper ends all workers.
import { assertEquals } from "@std/assert";
import { cliCommand } from "../helpers/cli.ts";
import { LINUX, needs, testWith } from "../helpers/needs.ts";
import { processesWith, uniqueMark, until } from "../helpers/processes.ts";
import { Random } from "../helpers/random.ts";

const MOMENTS = 25;
const AT_ONCE = 5;
const GRACE_MS = 500;

/** Kills an executor after some milliseconds. Returns the workers that survive. */
async function survivors(afterMs: number): Promise<number[]> {
  const mark = uniqueMark();
  // Some obey, some ignore TERM, some have a child that ignores it, some work in a group or a session of their own. Most end soon, so that others are just starting.
  const script = `case $((EXECUTOR_START % 8)) in
    1) trap '' TERM; while :; do sleep 0.05; done ;;
    2) sh -c 'trap "" TERM; while :; do sleep 0.05; done' ${mark} & wait ;;
    3) timeout 60 sh -c 'while :; do sleep 0.05; done' ${mark} ;;
    4) setsid sh -c 'trap "" TERM; while :; do sleep 0.05; done' ${mark} & wait ;;
    *) sleep 0.02 ;;
  esac`;
  const args = ["run", "-n", "4000", "-c", "1", "-w", "16", "--timeout", "300ms"];
  const child = cliCommand(
    [
      ...args,
      "--grace-period",
      `${GRACE_MS}ms`,
      "--reporter",
      "quiet",
      "--",
      "sh",
      "-c",
      script,
      mark,
    ],
    { stdout: "null", stderr: "null" },
  ).spawn();
  await new Promise((resolve) => setTimeout(resolve, afterMs));
  child.kill("SIGKILL");
  await child.status;
  const isGone = () => processesWith(mark).length === 0;
  // How long it takes depends on the load, as some reapers search at once. A survivor never ends by itself.
  await until(isGone, "no worker is left", { patience: 30_000 }).catch(() => {});
  return processesWith(mark);
}

testWith(
  `SIGKILL to the executor at ${MOMENTS} random moments: no survivor`,
  needs(LINUX, "setsid"),
  async () => {
    const random = new Random(2026);
    const moments = Array.from({ length: MOMENTS }, () => 20 + random.integer(1_500));
    for (let first = 0; first < MOMENTS; first += AT_ONCE) {
      const batch = moments.slice(first, first + AT_ONCE);
      const left = await Promise.all(batch.map(survivors));
      for (const [index, pids] of left.entries()) {
        assertEquals(pids, [], `killed after ${batch[index]} ms`);
      }
    }
  },
);
