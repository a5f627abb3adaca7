// The workers of an earlier run whose executor lives are left alone; those of one that is gone are ended.
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { ownIdentity } from "../../src/base/process_identity.ts";
import { cliCommand } from "../helpers/cli.ts";
import { eventsIn, runRecorded, withFolder } from "../helpers/journal.ts";
import { LINUX, needs, testWith } from "../helpers/needs.ts";
import { killIfThere, processesWith, until } from "../helpers/processes.ts";

const onLinux = needs(LINUX);

/** A worker that ends when there is a file `go` in its folder. */
const waits = (folder: string) => ["sh", "-c", "until [ -e $0/go ]; do sleep 0.05; done", folder];
const command = (folder: string) => ({ command: waits(folder) });
const CONFIG = { totalItems: 1, numWorkers: 1, gracePeriod: 300 };

function startRun(folder: string, options: string[] = []): Deno.ChildProcess {
  const args = ["run", "-n", "1", "-w", "1", "--journal", `${folder}/a.jsonl`, ...options];
  return cliCommand([...args, "--reporter", "quiet", "--", ...waits(folder)], {
    stdout: "null",
    stderr: "null",
  }).spawn();
}

/** Ends the workers of a folder before it is removed: without it, they would wait for ever. */
function endsWorkers(folder: string): AsyncDisposable {
  return {
    async [Symbol.asyncDispose]() {
      await Deno.writeTextFile(`${folder}/go`, "");
      await until(() => processesWith(folder).length === 0, "all workers have ended");
    },
  };
}

/** The workers that an executor has left: what a worker has just forked has its command line, and no group of its own. */
function leftIn(folder: string): number[] {
  return processesWith(folder).filter((pid) => {
    try {
      const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
      const [, , group] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      return Number(group) === pid;
    } catch {
      // It has just ended.
      return false;
    }
  });
}

/** The workers: a process that an executor is just starting still has the command line of the executor. */
function workersIn(folder: string): number[] {
  return processesWith(folder, "a.jsonl");
}

function isUnlocked(path: string): boolean {
  using file = Deno.openSync(path, { read: true, write: true });
  if (!file.tryLockSync(true)) return false;
  file.unlockSync();
  return true;
}

async function untilBegun(path: string): Promise<void> {
  await until(() => {
    try {
      return eventsIn(path, "attempt-started").length > 0;
    } catch {
      return false;
    }
  }, "the attempt has begun");
}

for (const isStopped of [false, true]) {
  const state = isStopped ? "is stopped" : "goes on";
  testWith(
    `a copy is resumed while the run ${state}: its workers are left alone`,
    onLinux,
    async () => {
      await withFolder(async (folder) => {
        const live = startRun(folder);
        try {
          await untilBegun(`${folder}/a.jsonl`);
          await until(() => processesWith(folder).length >= 2, "the worker is there");
          if (isStopped) live.kill("SIGSTOP");
          await Deno.copyFile(`${folder}/a.jsonl`, `${folder}/b.jsonl`);
          const { runId, executor } = eventsIn(`${folder}/a.jsonl`, "run-started")[0]!;
          assertEquals(executor?.pid, live.pid);
          const other = runRecorded(CONFIG, () => waits(folder), {
            path: `${folder}/b.jsonl`,
            resume: true,
            ...command(folder),
          });
          await until(
            () => eventsIn(`${folder}/b.jsonl`, "attempt-started").length === 2,
            "the other run works",
          );
          if (isStopped) live.kill("SIGCONT");
          await Deno.writeTextFile(`${folder}/go`, "");
          const { ok, warnings } = await other;
          assert(ok);
          assertEquals(warnings.length, 1);
          assertStringIncludes(warnings[0]!, `${runId} still goes on, as process ${live.pid}`);
        } finally {
          await Deno.writeTextFile(`${folder}/go`, "");
          assertEquals((await live.status).code, 0);
        }
        assertEquals(eventsIn(`${folder}/a.jsonl`, "attempt-ended").map(({ status }) => status), [
          "SUCCESS",
        ]);
      });
    },
  );
}

testWith(
  "a copy is resumed by the process whose run goes on: its workers are left alone",
  onLinux,
  async () => {
    await withFolder(async (folder) => {
      const [a, b] = [`${folder}/a.jsonl`, `${folder}/b.jsonl`];
      const run = (path: string, resume: boolean) =>
        runRecorded(CONFIG, () => waits(folder), { path, resume, ...command(folder) });
      const live = run(a, false);
      await untilBegun(a);
      await Deno.copyFile(a, b);
      const other = run(b, true);
      await until(() => eventsIn(b, "attempt-started").length === 2, "the other run works");
      await Deno.writeTextFile(`${folder}/go`, "");
      assertEquals([(await live).ok, (await other).ok], [true, true]);
    });
  },
);

type Change = (journal: string) => string;
const CHANGES: [title: string, change: Change, ended: boolean][] = [
  ["as it was", (text) => text, true],
  [
    "of a version that recorded no executor",
    (text) => text.replace(/"executor":\{[^}]*\},/, ""),
    true,
  ],
  [
    "whose executor has the id of another process by now",
    (text) => text.replace(/"pid":\d+/, `"pid":${Deno.pid}`),
    true,
  ],
  [
    "of before a restart",
    (text) => text.replace(/"bootId":"[^"]*"/, `"bootId":"${crypto.randomUUID()}"`),
    true,
  ],
  [
    "of another machine",
    (text) =>
      text.replace(/"bootId":"[^"]*"/, `"bootId":"${crypto.randomUUID()}"`)
        .replace(/"host":"[^"]*"/, '"host":"other"'),
    false,
  ],
];

for (const [title, change, isEnded] of CHANGES) {
  const what = isEnded ? "ended" : "left alone";
  testWith(
    `executor and reaper were killed, journal ${title}: what is left is ${what}`,
    onLinux,
    async () => {
      await withFolder(async (folder) => {
        const path = `${folder}/a.jsonl`;
        await using _worker = endsWorkers(folder);
        const dead = startRun(folder);
        await untilBegun(path);
        await until(() => workersIn(folder).length > 0, "the worker is there");
        const { runId } = eventsIn(path, "run-started")[0]!;
        await until(() => processesWith(runId).length > 0, "the reaper is there");
        // While it is stopped, it cannot replace its reaper.
        dead.kill("SIGSTOP");
        // A reaper may just have forked.
        await until(() => {
          const reapers = processesWith(runId);
          for (const reaper of reapers) killIfThere(reaper);
          return reapers.length === 0;
        }, "no reaper is left");
        dead.kill("SIGKILL");
        await dead.status;
        // A process that it was starting holds the lock until its program begins.
        await until(() => isUnlocked(path), "the journal is unlocked");
        // A process that begins its program has no command line for a moment.
        await until(() => leftIn(folder).length > 0, "the worker has outlived both");
        const left = leftIn(folder);
        await Deno.writeTextFile(path, change(await Deno.readTextFile(path)));
        let there: number[] = [];
        const summary = await runRecorded(CONFIG, () => {
          there = leftIn(folder).filter((pid) => left.includes(pid));
          Deno.writeTextFileSync(`${folder}/go`, "");
          return waits(folder);
        }, { path, resume: true, ...command(folder) });
        assertEquals([summary.ok, there], [true, isEnded ? [] : left]);
        const words = summary.warnings.join();
        assertEquals(words.includes("was on other, and may still go on there"), !isEnded, words);
      });
    },
  );
}

Deno.test("a run records its executor", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/run.jsonl`;
    await runRecorded({ totalItems: 1 }, () => ["true"], { path });
    const { executor } = eventsIn(path, "run-started")[0]!;
    assertEquals(executor, JSON.parse(JSON.stringify(ownIdentity())));
  });
});
