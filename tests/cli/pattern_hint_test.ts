// A run whose workers print what a known pattern would read.
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { runCli } from "../helpers/cli.ts";

/** Prints what tqdm prints: states of one line of stderr, the last one with a newline. */
const TQDM = [0, 1, 2, 3, 4]
  .map((n) => `printf '\\r${n * 25}%%|##  | ${n}/4 [00:0${n}<00:01, 1.0it/s]' >&2`).join("; ") +
  "; echo >&2";
const HINT = "workers print progress that is not shown: --progress-pattern tqdm would read it";

function run(script: string, ...options: string[]) {
  return runCli(["run", "-n", "3", "-c", "1", "-w", "2", ...options, "--", "sh", "-c", script]);
}

Deno.test("a run tells once which pattern would read the progress of its workers", async () => {
  const { code, stdout } = await run(TQDM, "--reporter", "plain");
  assertEquals([code, stdout.split(HINT).length], [0, 2]);
  assertMatch(stdout, /^hint: workers/m);
});

Deno.test("the grid shows the hint above it, once it is over", async () => {
  const { stdout } = await run(TQDM, "--reporter", "grid");
  assertStringIncludes(stdout, HINT);
});

Deno.test("the events have the hint as a warning that is a hint", async () => {
  const { stdout, stderr } = await run(TQDM, "--reporter", "jsonl");
  const events = stdout.trim().split("\n").map((line) => JSON.parse(line));
  const [hint, ...more] = events.filter(({ kind }) => kind === "warning");
  assertEquals([hint.text, hint.isHint, more, stderr], [HINT, true, [], ""]);
});

Deno.test("a quiet run gives no hint", async () => {
  const { code, stdout, stderr } = await run(TQDM, "--reporter", "quiet");
  assertEquals({ code, stdout, stderr }, { code: 0, stdout: "", stderr: "" });
});

for (
  const [what, script, ...options] of [
    ["has a pattern", TQDM, "--progress-pattern", "tqdm"],
    ["has workers that print PROGRESS", `${TQDM}; echo PROGRESS: 1`],
    ["has workers that begin with a MESSAGE", `echo MESSAGE: hi; ${TQDM}`],
    ["has workers that report a STATUS", `${TQDM}; echo STATUS: FINISHED`],
    ["has workers that count on stdout", "seq 100"],
  ] as const
) {
  Deno.test(`no hint is given to a run that ${what}`, async () => {
    const { code, stdout, stderr } = await run(script, ...options, "--reporter", "plain");
    assertEquals([code, /hint|would read/.test(stdout + stderr)], [0, false]);
  });
}
