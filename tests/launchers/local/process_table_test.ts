// Looks at the processes of this machine: what they tell of one, and that all ways to look agree.
import { assert, assertEquals } from "@std/assert";
import {
  findInRun,
  look,
  lookNext,
  lookNow,
  pauseAfterLook,
  signalProcess,
} from "../../../src/launchers/local/process_table.ts";
import { lookByPs, lookByShell } from "../../../src/launchers/local/shell_look.ts";
import { LINUX, needs, testWith } from "../../helpers/needs.ts";
import { uniqueMark } from "../../helpers/processes.ts";

const needsProc = needs(LINUX);

async function withProcess(
  env: Record<string, string>,
  use: (child: Deno.ChildProcess) => Promise<void>,
  { detached = true } = {},
): Promise<void> {
  const child = new Deno.Command("sleep", { args: ["100"], env, detached }).spawn();
  try {
    await use(child);
  } finally {
    try {
      child.kill("SIGKILL");
    } catch {
      // The test has killed it.
    }
    await child.status;
  }
}

testWith(
  "a look waits for the environment of a program that is just being started, on a busy machine, too",
  needsProc,
  async () => {
    await using stack = new AsyncDisposableStack();
    for (let hog = 0; hog < 2 * navigator.hardwareConcurrency; hog++) {
      const child = new Deno.Command("sh", { args: ["-c", "while :; do :; done"] }).spawn();
      stack.defer(async () => {
        child.kill("SIGKILL");
        await child.status;
      });
    }
    const STARTS = 60;
    let [found, seen] = [0, 0];
    for (let start = 0; start < STARTS; start++) {
      const attemptId = `${crypto.randomUUID()}.0.1`;
      await withProcess({ EXECUTOR_ATTEMPT_ID: attemptId }, ({ pid }) => {
        // Right after its start, before anything else happens here.
        if (start % 2 === 0) seen += look()?.inAttempt(attemptId).length ?? 0;
        else {
          const marks = { isInRun: (id: string) => id === attemptId, isSession: () => false };
          found += findInRun(marks, [`${pid}`]).length;
        }
        return Promise.resolve();
      }, { detached: false });
    }
    // The system may give it no time at all for long. Without a wait, about half of them are missed.
    const atLeast = 0.9 * STARTS / 2;
    assert(seen >= atLeast, `looks saw ${seen} of ${STARTS / 2}`);
    assert(found >= atLeast, `${found} of ${STARTS / 2} were found`);
  },
);

testWith(
  "a look shows a process with its parent, its group, its session and its attempt",
  needsProc,
  async () => {
    const attemptId = `${crypto.randomUUID()}.0.1`;
    const outerIds = [`${crypto.randomUUID()}.0.1`, `${crypto.randomUUID()}.w0.1`];
    const env = {
      A: `EXECUTOR_ATTEMPT_ID=${uniqueMark()}`,
      EXECUTOR_ATTEMPT_ID: attemptId,
      EXECUTOR_OUTER_ATTEMPT_IDS: outerIds.map((id) => `outer=${id}`).join(" "),
    };
    await withProcess(env, async ({ pid }) => {
      const table = await lookNext();
      const seen = table?.get(pid);
      assert(seen !== undefined);
      const { parent, group, session, isForeign } = seen;
      assertEquals([parent, group, session, isForeign, seen.attemptId], [
        Deno.pid,
        pid,
        pid,
        false,
        attemptId,
      ]);
      assertEquals(seen.outerIds, outerIds);
      assertEquals(table?.where("attemptId", attemptId), [seen]);
      for (const id of [attemptId, ...outerIds]) assertEquals(table?.inAttempt(id), [seen]);
      assertEquals(lookByShell()?.find((process) => process.pid === pid), seen);
    });
  },
);

testWith("ps shows a process as /proc does", needs(LINUX, "ps"), async () => {
  await withProcess({}, async ({ pid }) => {
    const seen = (await lookNext())!.get(pid)!;
    const byPs = lookByPs()?.find((process) => process.pid === pid);
    assertEquals([byPs?.parent, byPs?.group, byPs?.isForeign], [seen.parent, seen.group, false]);
    assert(Math.abs(byPs!.start - Date.now()) < 60_000, `${byPs!.start}`);
  });
});

testWith(
  "a process whose number belongs to another one by now is not signalled",
  needsProc,
  async () => {
    await withProcess({}, async (child) => {
      const seen = (await lookNext())!.get(child.pid)!;
      signalProcess({ ...seen, start: seen.start - 1 }, "SIGKILL");
      assertEquals((await lookNext())!.get(child.pid), seen);
      signalProcess(seen, "SIGKILL");
      assertEquals((await child.status).signal, "SIGKILL");
    });
  },
);

testWith("looks of one moment are one look, which begins after it", needsProc, async () => {
  const before = lookNow();
  const [first, second] = await Promise.all([lookNext(), lookNext()]);
  assert(first === second && first !== before);
});

Deno.test("looks take a quarter of the time, and none is waited for longer than a second", () => {
  assertEquals([0, 5, 100].map(pauseAfterLook), [0, 20, 400]);
  // A process that is stopped while it looks seems to take that long.
  assertEquals(pauseAfterLook(60_000), 1_000);
});
