/**
 * Time of the whole command, as `deno task install` installs it, for one item that takes no time, and until the demo shows its
 * first frame. Deno's caches are filled.
 *
 * @module
 */
import { findProgram } from "../src/base/programs.ts";
import type { Bench, Row } from "./bench.ts";
import { gnuParallel } from "./peers.ts";
import { CLI, here, outputOf, timeOf } from "./process.ts";

const STARTS = 5;
const FRAME_ROW: Row = {
  what: "demo: the first frame in a terminal",
  figure: "frame",
  unit: "ms",
  target: { atMost: 150 },
};

/** Returns the milliseconds until a terminal gets the first frame of the demo, whose title is in it. */
async function firstFrame(executor: string): Promise<number> {
  const start = performance.now();
  const child = new Deno.Command("script", {
    args: ["-qec", `stty cols 100 rows 30; exec '${executor}' demo`, "/dev/null"],
    env: { TERM: "xterm-256color", CI: "" },
    stdin: "null",
    stdout: "piped",
  }).spawn();
  let ms: number | undefined;
  let text = "";
  for await (const part of child.stdout.pipeThrough(new TextDecoderStream())) {
    text += part;
    if (ms === undefined && text.includes("Demo")) {
      ms = performance.now() - start;
      child.kill();
    }
  }
  await child.status;
  if (ms === undefined) throw new Error(`the demo has shown no frame: ${text}`);
  return ms;
}

/** Prepares the bench. */
export const bench: Bench = async () => {
  const parallel = await gnuParallel();
  const deno = Deno.execPath();
  const job = ["run", "--total", "1", "--workers", "1", "--", "true"];
  const starts = (...argv: string[]) => async () => {
    let seconds = 0;
    for (let start = 0; start < STARTS; start++) seconds += await timeOf(argv);
    return { ms: 1000 * seconds / STARTS };
  };
  const row = { what: "run --total 1 --workers 1 -- true", figure: "ms", unit: "ms" };
  const prefix = await Deno.makeTempDir();
  await outputOf([deno, "run", "-A", here("../tools/install.ts"), "add", "--prefix", prefix]);
  const command = starts(`${prefix}/bin/executor`, ...job);
  const hasScript = findProgram("script").kind === "found";
  const ours = async () => ({
    ...await command(),
    ...(hasScript ? { frame: await firstFrame(`${prefix}/bin/executor`) } : {}),
  });
  await ours();
  return {
    contestants: {
      ours,
      "the clone": starts(deno, "run", "-A", CLI, ...job),
      "Deno, empty file": starts(deno, "run", here("programs/empty.ts")),
      "reaper and child alone": starts(deno, "run", "-A", here("programs/start_least.ts")),
      "GNU parallel": parallel === undefined ? undefined : starts(parallel, "true", ":::", "1"),
    },
    rows: [
      { ...row, peer: "Deno, empty file", target: { atMost: 2.5 } },
      { ...row, peer: "GNU parallel", target: { atMost: 0.6 } },
      { ...row, peer: "the clone" },
      { ...row, peer: "reaper and child alone" },
      ...(hasScript ? [FRAME_ROW] : []),
    ],
    [Symbol.asyncDispose]: () => Deno.remove(prefix, { recursive: true }),
  };
};
