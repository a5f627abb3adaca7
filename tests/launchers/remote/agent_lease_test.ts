import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { LEASE } from "../../../src/launchers/lease.ts";
import { isAlive } from "../cluster/process_tree.ts";
import { agentIn, converse, inEachShell } from "../../helpers/agent.ts";
import { withFolder } from "../../helpers/journal.ts";
import { processesWith, until } from "../../helpers/processes.ts";
import { ofKind, RUNS_UNTIL_STOPPED, runScript, runStopped } from "../../helpers/run_job.ts";
import { writeProgram } from "../../helpers/programs.ts";

inEachShell("a stop is handed on, SIGINT as it is", async (shell) => {
  const script = `trap 'echo interrupted; exit 3' INT; ${RUNS_UNTIL_STOPPED}`;
  const worker = await agentIn(shell).launch({ command: "sh", args: ["-c", script] });
  const lines: string[] = [];
  const decoder = new TextDecoder();
  for await (const bytes of worker.stdout) {
    lines.push(...decoder.decode(bytes).trim().split("\n"));
    if (lines.length === 1) worker.kill("SIGINT");
  }
  await worker.stderr.cancel();
  assertEquals(lines, ["MESSAGE: here", "interrupted"]);
  assertEquals(await worker.status, { kind: "exited", code: 3 });
});

inEachShell("a worker that ignores SIGTERM is killed after the grace", async (shell) => {
  const { result, took } = await runStopped(`trap '' TERM; ${RUNS_UNTIL_STOPPED}`, {
    launcher: agentIn(shell),
    gracePeriod: 500,
  });
  const [end] = ofKind(result, "attempt-ended");
  assertEquals(end!.exit, { kind: "signaled", signal: "SIGKILL" });
  assertEquals([end!.cause, result.summary.forcedKills], [{ kind: "stopped" }, 1]);
  assert(took >= 400, `${took}`);
});

inEachShell("what a worker leaves behind is ended", async (shell) => {
  const script = "(while :; do sleep 0.1; done) >/dev/null 2>&1 & echo $!";
  const result = await runScript(script, {}, { launcher: agentIn(shell) });
  assertEquals([result.summary.ok, result.summary.leaked], [true, 1]);
  const [pid = ""] = ofKind(result, "log").flatMap(({ lines }) => lines);
  await until(() => !isAlive(Number(pid)), "what it left is gone");
});

inEachShell("without a word, the lease ends the worker", async (shell) => {
  const { text, took } = await converse(shell, { lease: 1_000, words: [] });
  assertMatch(text, / EXIT signal TERM lease gone \d+\n$/);
  assert(took >= 1_000, `${took}`);
});

inEachShell(
  "a worker is killed if the agent's clock ends: nobody could keep the lease",
  async (shell) => {
    await withFolder(async (folder) => {
      const sleep =
        '#!/bin/sh\n[ ! -e "$0.fails" ] || exit 1\nPATH=/usr/bin:/bin exec sleep "$@"\n';
      await writeProgram(`${folder}/sleep`, sleep);
      const env = { PATH: `${folder}:${Deno.env.get("PATH")}` };
      const fail = () => Deno.writeTextFileSync(`${folder}/sleep.fails`, "");
      const words = [/^works$/m, fail];
      const script = 'trap "" TERM; echo works; exec tail -f /dev/null';
      const { text } = await converse(shell, { lease: 60_000, env, words, script });
      assertMatch(text, / EXIT signal KILL lease gone /);
    });
  },
);

const SLOW_SETSID = new URL("../../fixtures/slow_setsid", import.meta.url).pathname;

/** Works until there is a file `go` in a folder. */
const worksUntilGo = (folder: string) => `until [ -e ${folder}/go ]; do sleep 0.05; done`;

/** Returns whether a worker with the folder in its command line stands still. */
function isHeld(folder: string): boolean {
  return processesWith(folder).some((pid) => {
    try {
      return Deno.readTextFileSync(`/proc/${pid}/stat`).includes(") T ");
    } catch {
      return false;
    }
  });
}

/** Waits until it stands still, and tells it to end. */
async function letGoOnceHeld(folder: string): Promise<void> {
  await until(() => isHeld(folder), "the worker stands still");
  await Deno.writeTextFile(`${folder}/go`, "");
}

inEachShell("a signal that comes before the worker waits for it", async (shell) => {
  const env = { PATH: `${SLOW_SETSID}:${Deno.env.get("PATH")}` };
  const options = { lease: 60_000, env };
  await withFolder(async (folder) => {
    const script = worksUntilGo(folder);
    const stopped = await converse(shell, { ...options, script, words: ["TERM\n"] });
    assertMatch(stopped.text, / EXIT signal TERM - /);
    const stays = () => assert(isHeld(folder), "it has gone on");
    const words = ["STOP\n", () => letGoOnceHeld(folder), 1_000, stays, "CONT\n"];
    const held = await converse(shell, { ...options, script, words });
    assertMatch(held.text, / EXIT code 0 - gone \d+\n$/);
  });
});

inEachShell("a stop that comes before the agent waits for it", async (shell) => {
  await withFolder(async (folder) => {
    const command = { command: "sh", args: ["-c", worksUntilGo(folder)] };
    const worker = await agentIn(shell).launch(command);
    const texts = [worker.stdout, worker.stderr].map((stream) => new Response(stream).text());
    worker.kill("SIGSTOP");
    await letGoOnceHeld(folder);
    let hasEnded = false;
    worker.status.then(() => hasEnded = true);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    assertEquals(hasEnded, false);
    worker.kill("SIGCONT");
    await Promise.all(texts);
    assertEquals(await worker.status, { kind: "exited", code: 0 });
  });
});

inEachShell("the shortest lease is held", async (shell) => {
  const lease = LEASE.check(2_000, "lease");
  const worker = await agentIn(shell, { lease }).launch({ command: "sleep", args: ["3"] });
  await Promise.all([worker.stdout, worker.stderr].map((stream) => new Response(stream).text()));
  assertEquals(await worker.status, { kind: "exited", code: 0 });
  assertThrows(() => LEASE.check(1_999, "lease"), RangeError, "milliseconds from 2000");
});

inEachShell("a word every second holds a lease of three", async (shell) => {
  const words = Array.from({ length: 5 }, () => [1_000, "PING\n"]).flat();
  const { text } = await converse(shell, { lease: 3_000, words: [...words, "TERM\n"] });
  // An answer is given by a process of its own, perhaps later.
  assertMatch(text, / EXIT signal TERM - gone \d+\n/);
});

inEachShell("a connection that is closed ends the worker, by force if need be", async (shell) => {
  const script = "trap '' TERM; echo works; while :; do sleep 0.1; done";
  const words = [/^works$/m, "end"];
  const { text, took } = await converse(shell, { lease: 60_000, words, script });
  assertMatch(text, / EXIT signal KILL gone gone \d+\n$/);
  assert(took >= 900, `${took}`);
});

inEachShell(
  "a worker that stands still is killed at the end, and does not wake up",
  async (shell) => {
    const script = "trap 'echo awake' TERM; echo works; while :; do sleep 0.1; done";
    const words = [/^works$/m, "STOP\n", "end"];
    const { text } = await converse(shell, { lease: 60_000, words, script });
    assertMatch(text, / EXIT signal KILL gone gone \d+\n$/);
    assert(!text.includes("awake"), text);
  },
);

inEachShell("a worker that stands still keeps its lease", async (shell) => {
  const words = ["STOP\n", 2_000, "CONT\nTERM\n"];
  const { text, took } = await converse(shell, { lease: 1_000, words });
  assertMatch(text, / EXIT signal TERM - gone \d+\n$/);
  assert(took >= 1_900, `${took}`);
});
