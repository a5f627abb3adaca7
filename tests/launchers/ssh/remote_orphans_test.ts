// The command that ends orphans on a host, run by a shell of this machine.
import { assertEquals } from "@std/assert";
import { REAP_COMMAND, REAPED, reapLine } from "../../../src/launchers/ssh/remote_orphans.ts";
import { LINUX, needs, testWith } from "../../helpers/needs.ts";
import {
  assertNoneLeft,
  processesWith,
  signalIfThere,
  uniqueMark,
} from "../../helpers/processes.ts";
import { succeeds } from "../../helpers/programs.ts";

interface Orphan extends AsyncDisposable {
  readonly mark: string;
}

/** Starts a worker for an attempt; kills it when it is disposed of. */
async function startOrphan(attemptId: string, script: string): Promise<Orphan> {
  const mark = uniqueMark();
  const child = new Deno.Command("sh", {
    args: ["-c", `${script}; echo ready; while :; do sleep 0.05; done`, mark],
    env: { EXECUTOR_ATTEMPT_ID: attemptId },
    detached: true,
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const reader = child.stdout.getReader();
  await reader.read();
  await reader.cancel();
  return {
    mark,
    [Symbol.asyncDispose]: async () => {
      signalIfThere(child, "SIGKILL");
      await child.status;
    },
  };
}

async function reap(
  shell: string,
  attemptIds: string[],
  { way = [], before = "" }: { way?: string[]; before?: string } = {},
): Promise<string> {
  const [command = "", ...args] = [...way, shell, "-c", REAP_COMMAND];
  const child = new Deno.Command(command, {
    args,
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const stdin = child.stdin.getWriter();
  await stdin.write(new TextEncoder().encode(before + reapLine(attemptIds, 1_000)));
  await stdin.close();
  const { stdout } = await child.output();
  return new TextDecoder().decode(stdout);
}

for (const shell of ["sh", "bash"]) {
  testWith(
    `${shell}: orphans of the attempts are ended, by force if need be, and no others`,
    needs(LINUX, shell),
    async () => {
      const run = crypto.randomUUID();
      const attempts = [`${run}.0.1`, `${run}.1.1`, `${run}.0.10`];
      await using obedient = await startOrphan(attempts[0]!, ":");
      await using stubborn = await startOrphan(attempts[1]!, "trap '' TERM");
      await using other = await startOrphan(attempts[2]!, ":");
      assertEquals(await reap(shell, attempts.slice(0, 2)), REAPED);
      for (const { mark } of [obedient, stubborn]) assertNoneLeft(mark);
      assertEquals(processesWith(other.mark).length > 0, true);
      assertEquals(await reap(shell, [attempts[2]!]), REAPED);
      assertNoneLeft(other.mark);
    },
  );
}

testWith("the id of an attempt is data, whatever it holds", needs(LINUX), async () => {
  const attemptId = crypto.randomUUID();
  await using orphan = await startOrphan(attemptId, ":");
  const hostile = [`'; echo "$0" '`, "$(echo run)", ".*", `x\n${crypto.randomUUID()}`];
  assertEquals(await reap("sh", hostile), REAPED);
  assertEquals(processesWith(orphan.mark).length > 0, true);
  assertEquals(await reap("sh", [attemptId]), REAPED);
  assertNoneLeft(orphan.mark);
});

const HIDE_PROC = ["unshare", "-m", "sh", "-c", 'mount -t tmpfs none /proc && exec "$@"', "sh"];
const mayHideProc = succeeds("unshare", ["-m", "mount", "-t", "tmpfs", "none", "/proc"]);

testWith(
  "where /proc shows no process, nobody says that none is left",
  needs(LINUX, "unshare", { name: "the right to mount", isMet: mayHideProc }),
  async () => {
    const attemptId = crypto.randomUUID();
    await using orphan = await startOrphan(attemptId, ":");
    assertEquals(await reap("sh", [attemptId], { way: HIDE_PROC }), "");
    assertEquals(processesWith(orphan.mark).length > 0, true);
    assertEquals(await reap("sh", [attemptId]), REAPED);
  },
);

testWith(
  "where an orphan cannot be ended, nobody says that none is left",
  needs(LINUX),
  async () => {
    const attemptId = crypto.randomUUID();
    await using _orphan = await startOrphan(attemptId, ":");
    assertEquals(await reap("sh", [attemptId], { before: "kill() { :; }; " }), "");
    assertEquals(await reap("sh", [attemptId]), REAPED);
  },
);
