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
import { uniqueMark, until } from "../../helpers/processes.ts";

const needsProc = needs(LINUX);

async function withProcess(
  env: Record<string, string>,
  use: (child: Deno.ChildProcess) => Promise<void>,
): Promise<void> {
  const child = new Deno.Command("sleep", { args: ["100"], env, detached: true }).spawn();
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

/** Makes a process seem to be in the middle of execve(2) for so many reads of its environment, as on a busy machine. */
function longExec(
  pid: number,
  { reads, sandbox = false }: { reads: number; sandbox?: boolean },
): { readonly reads: number } & Disposable {
  const { readTextFileSync } = Deno;
  let done = 0;
  const withoutEnvironment = (stat: string) => {
    const at = stat.lastIndexOf(")") + 2;
    const fields = stat.slice(at).split(" ");
    // env_end of proc(5), whose third field is the first one here.
    return stat.slice(0, at) + fields.with(51 - 3, "0").join(" ");
  };
  Deno.readTextFileSync = (path) => {
    const text = readTextFileSync(path);
    if (path === `/proc/${pid}/environ`) return ++done > reads ? text : "";
    const isHidden = path === `/proc/${pid}/stat` && done <= reads;
    return isHidden || (sandbox && path === "/proc/self/stat") ? withoutEnvironment(text) : text;
  };
  return {
    get reads() {
      return done;
    },
    [Symbol.dispose]() {
      Deno.readTextFileSync = readTextFileSync;
    },
  };
}

for (
  const [how, find] of [
    ["a look", (id: string) => look()?.inAttempt(id)],
    [
      "a search in the run",
      (id: string) => findInRun({ isInRun: (other) => other === id, isSession: () => false }),
    ],
  ] as const
) {
  testWith(
    `${how} waits for a process in the middle of execve(2), and not for ever`,
    needsProc,
    async () => {
      const attemptId = `${crypto.randomUUID()}.0.1`;
      await withProcess({ EXECUTOR_ATTEMPT_ID: attemptId }, async ({ pid }) => {
        await until(() => look()?.get(pid)?.attemptId === attemptId, "its program has started");
        const found = () => find(attemptId)?.map((process) => process.pid);
        {
          using _exec = longExec(pid, { reads: 10 });
          assertEquals(found(), [pid]);
        }
        {
          using _exec = longExec(pid, { reads: Infinity });
          assertEquals(found(), []);
          assertEquals(look()?.get(pid)?.attemptId, undefined);
        }
        // Such a sandbox never shows where an environment ends.
        using sandbox = longExec(pid, { reads: Infinity, sandbox: true });
        assertEquals(found(), []);
        assertEquals(sandbox.reads, 2);
      });
    },
  );
}

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
