// What others do to a journal while a run writes it is said at once, and mended or told by the exit code.
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { SubprocessExecutor } from "@lambdawaker/executor";
import { Journal, readJournal } from "@lambdawaker/executor/journal";
import { JournalFile } from "../../src/journal/journal_file.ts";
import { eventsIn, runRecorded, withFolder } from "../helpers/journal.ts";
import { runBash } from "../helpers/cli.ts";
import { LINUX, needs, POSIX, testWith } from "../helpers/needs.ts";
import { readUntil, until } from "../helpers/processes.ts";
import { cliCommand } from "../helpers/cli.ts";

interface Row {
  /** What range 3 of 6 does, in sh, with the journal's path in $j. */
  readonly script: string;
  /** What the first warning says. */
  readonly says: string;
  /** Whether all is at its path at the end. */
  readonly isWhole: boolean;
  /** The program that the script needs. */
  readonly program?: string;
  /** The ranges that a resumed run does again; undefined if the file is no journal then. */
  readonly again?: number;
  /** Whether it does so in steps, between which the run may look. */
  readonly inSteps?: boolean;
}

const ROWS: readonly Row[] = [
  { script: "rm $j", says: "was removed", isWhole: true, again: 0 },
  { script: "mv $j $j.1", says: "was removed", isWhole: true, again: 0 },
  { script: "cp $j $j.1; mv $j.1 $j", says: "was replaced", isWhole: true, again: 0 },
  { script: "head -n 3 $j >$j.1; mv $j.1 $j", says: "was replaced", isWhole: true, again: 0 },
  { script: "head -c 99 $j >$j.1; mv $j.1 $j", says: "was replaced", isWhole: true, again: 0 },
  { script: ": >$j.1; mv $j.1 $j", says: "was replaced", isWhole: true, again: 0 },
  { script: "ln $j $j.1; ln -s $j.1 $j.2; mv $j.2 $j", says: "", isWhole: true, again: 0 },
  { script: ": >$j", says: "was cut short", isWhole: true, again: 0 },
  { script: "truncate -s 100 $j", says: "was cut short", isWhole: true, again: 0 },
  { script: "truncate -s -1 $j", says: "was cut short", isWhole: true, again: 0 },
  { script: "echo mine >$j.1; mv $j.1 $j", says: "was replaced", isWhole: false },
  { script: "sed -i s/SUCCESS/FAILED/ $j", says: "was replaced", isWhole: false, again: 6 },
  { script: "mkfifo $j.1; mv $j.1 $j", says: "was replaced", isWhole: false },
  { script: "echo mine >$j", says: "was cut short", isWhole: false, inSteps: true },
  { script: "echo mine >>$j", says: "was changed", isWhole: false },
  { script: "cp /bin/sh $j", says: "by another program", isWhole: false, inSteps: true },
  {
    script: "dd if=/dev/zero of=$j bs=1 count=50 conv=notrunc",
    says: "was changed",
    isWhole: false,
  },
  // At once: a run that looks in the middle of rm -r writes the journal again.
  { script: "mv ${j%/*} ${j%/*}.1", says: "was removed", isWhole: false },
  {
    script: "mv ${j%/*} ${j%/*}.1; touch ${j%/*}",
    says: "was removed",
    isWhole: false,
    inSteps: true,
  },
  {
    script: "mv ${j%/*} ${j%/*}.1; ln -s ${j%/*} ${j%/*}",
    says: "was removed",
    isWhole: false,
    inSteps: true,
  },
  // A name that leads to itself: the record goes on beside it.
  {
    script: "ln -s $j $j.1; perl -e 'rename shift, shift' $j.1 $j",
    says: "was removed",
    isWhole: false,
    program: "perl",
  },
];

/** Runs six ranges, of which the third one damages the journal. Returns what the run says of it. */
async function runDamaged(
  path: string,
  { script, resume }: { script: string; resume?: boolean },
) {
  const command = (start: number) => ["sh", "-c", start === 2 ? `j=${path}; ${script}` : ":"];
  const config = { totalItems: 6, chunkSize: 1, numWorkers: 1 };
  return await runRecorded(config, ({ extraData }) => command(extraData.startIndex), {
    path,
    resume,
  });
}

for (const { script, says, isWhole, again, inSteps = false, program = "sh" } of ROWS) {
  const needed = needs(POSIX, program);
  testWith(`a journal is damaged while a run writes it: ${script}`, needed, async () => {
    await withFolder(async (folder) => {
      await Deno.mkdir(`${folder}/sub`);
      const path = `${folder}/sub/run.jsonl`;
      const summary = await runDamaged(path, { script });
      const { warnings, exitCode, ok } = summary;
      if (says === "") assertEquals(warnings, []);
      else assertStringIncludes(warnings[0]!, says);
      assertEquals([ok, exitCode], [true, isWhole ? 0 : 1], warnings.join("\n"));
      const expected = (says === "" ? 0 : 1) + (isWhole ? 0 : 1);
      if (!inSteps) assertEquals(warnings.length, expected, warnings.join("\n"));
      const last = warnings.at(-1) ?? "";
      assertEquals(last.includes("lacks ranges that have ended"), !isWhole, last);
      if (isWhole) assertEquals(eventsIn(path, "range-ended").length, 6);
      if (again === undefined) return;
      const resumed = await runDamaged(path, { script: ":", resume: true });
      assertEquals([resumed.ok, resumed.attempts], [true, again]);
    });
  });
}

Deno.test("the record goes on beside another file, whole, and can be resumed", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/run.jsonl`;
    const summary = await runDamaged(path, { script: "echo mine >$j.1; mv $j.1 $j" });
    assertEquals(await Deno.readTextFile(path), "mine\n");
    const beside = `${path}.${summary.runId}`;
    assertStringIncludes(summary.warnings[0]!, beside);
    assertEquals(eventsIn(beside, "range-ended").length, 6);
    assertEquals((await runDamaged(beside, { script: ":", resume: true })).attempts, 0);
  });
});

Deno.test("a journal that another run has locked is left to that run", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/run.jsonl`;
    using other = Deno.openSync(`${path}.1`, { write: true, create: true });
    other.lockSync(true);
    const summary = await runDamaged(path, { script: "mv $j.1 $j" });
    assertEquals([summary.ok, summary.exitCode], [true, 1]);
    assertEquals(Deno.statSync(path).size, 0);
    assertEquals(eventsIn(`${path}.${summary.runId}`, "range-ended").length, 6);
  });
});

/** A line that no version knows yet, of 5 MiB. */
const LONG_LINE = `{"v":2,"t":1,"kind":"of-later","x":"${"x".repeat(5 << 20)}"}\n`;

const LONG_ROWS: readonly (Row & { readonly items?: readonly string[] })[] = [
  { script: "rm $j", says: "was removed", isWhole: true, again: 0 },
  { script: "cp $j $j.1; mv $j.1 $j", says: "was replaced", isWhole: true, again: 0 },
  { script: ": >$j", says: "was cut short", isWhole: false, again: 2 },
  { script: ": >$j", says: "was cut short", isWhole: false, again: 2, items: [..."abcdef"] },
  { script: "truncate -s -1 $j", says: "was cut short", isWhole: false, again: 0 },
  { script: "truncate -s 1000 $j", says: "was cut short", isWhole: false, again: 2 },
  { script: "echo mine >>$j", says: "was changed", isWhole: false },
];

for (const { script, says, isWhole, again, items } of LONG_ROWS) {
  const kind = items === undefined ? "numbers" : "strings";
  testWith(
    `a journal too long to be kept in memory is damaged, ${kind}: ${script}`,
    needs(POSIX),
    async () => {
      await withFolder(async (folder) => {
        const path = `${folder}/run.jsonl`;
        await Deno.writeTextFile(path, LONG_LINE);
        const config = items === undefined
          ? { totalItems: 6, chunkSize: 1, numWorkers: 1 }
          : { items, numWorkers: 1 };
        const run = (script: string) =>
          runRecorded(config, ({ extraData: { startIndex } }) => {
            return ["sh", "-c", startIndex === 2 ? `j=${path}; ${script}` : ":"];
          }, { path, resume: true });
        const { exitCode, warnings } = await run(script);
        assertStringIncludes(warnings[0]!, says);
        assertEquals(exitCode, isWhole ? 0 : 1, warnings.join("\n"));
        if (again === undefined) return;
        const resumed = await run(":");
        assertEquals([resumed.ok, resumed.exitCode, resumed.attempts], [true, 0, again]);
      });
    },
  );
}

Deno.test("damage is noticed while nothing ends", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/run.jsonl`;
    const args = ["run", "-n", "1", "--reporter", "plain", "--journal", path, "--", "sleep", "60"];
    const child = cliCommand(args).spawn();
    try {
      const text = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
      await until(() => {
        try {
          return eventsIn(path, "attempt-started").length > 0;
        } catch {
          return false;
        }
      }, "the journal is begun");
      await Deno.remove(path);
      await readUntil(text, "was removed");
      assertEquals(Array.from(readJournal(path))[0]?.kind, "run-started");
      await text.cancel();
    } finally {
      child.kill("SIGKILL");
      await child.status;
      await child.stderr.cancel();
    }
  });
});

Deno.test("the command ends with code 1 if the journal lacks ranges, and says so", async () => {
  await withFolder(async (folder) => {
    const { code, stdout } = await runBash(
      `cd ${folder}; X -n 3 -c 1 -w 1 --reporter plain --journal j -- sh -c '[ {start} != 1 ] || { mkfifo j.1; mv -f j.1 j; }'`,
    );
    assertEquals(code, 1);
    assertStringIncludes(stdout, "warning: the journal j was replaced by another program");
    assert(stdout.lastIndexOf("lacks ranges that have ended") > stdout.indexOf("warning:"));
  });
});

Deno.test("a journal that comes back while it is written again is noticed", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/j`;
    using file = new JournalFile(path);
    file.append(new TextEncoder().encode("one\n"));
    await Deno.rename(path, `${path}.1`);
    const { tryLockSync } = Deno.FsFile.prototype;
    Deno.FsFile.prototype.tryLockSync = function (isExclusive) {
      Deno.renameSync(`${path}.1`, path);
      return tryLockSync.call(this, isExclusive);
    };
    try {
      const { kind } = file.repair("removed", { beside: `${path}.2` });
      assertEquals([kind, file.look()], ["again", "replaced"]);
    } finally {
      Deno.FsFile.prototype.tryLockSync = tryLockSync;
    }
  });
});

testWith(
  "a journal that exceeds the limit of file sizes is a warning, and code 1",
  needs(LINUX, "prlimit"),
  async () => {
    await withFolder(async (folder) => {
      const job = `cd ${folder}; X -n 60 -c 1 -w 1 --reporter plain --journal j`;
      // The limit is set while the executor runs, as Deno itself may write larger files at its start.
      const script = "[ {start} != 1 ] || [ -e go ] || prlimit --pid $PPID --fsize=15000:15000";
      const { code, stdout } = await runBash(`${job} -- sh -c '${script}'`);
      assertEquals(code, 1, stdout);
      assertStringIncludes(
        stdout,
        "warning: the journal j cannot be written, the work goes on: File too",
      );
      assertStringIncludes(stdout, "lacks ranges that have ended");
      await Deno.writeTextFile(`${folder}/go`, "");
      const resumed = await runBash(`${job} --resume -- sh -c '${script}'`);
      assertEquals(resumed.code, 0, resumed.stderr);
      assert(Array.from(readJournal(`${folder}/j`)).length > 60);
    });
  },
);

Deno.test("a sync that fails after the journal was settled makes the exit code 1, and is told once", async () => {
  const { syncData } = Deno.FsFile.prototype;
  const settled = Promise.withResolvers<void>();
  Deno.FsFile.prototype.syncData = async () => {
    await settled.promise;
    throw new Error("Input/output error");
  };
  try {
    await withFolder(async (folder) => {
      const path = `${folder}/run.jsonl`;
      const executor = new SubprocessExecutor({ totalItems: 2, chunkSize: 1 }, () => ["true"]);
      const report = ({ kind }: { kind: string }) => {
        if (kind === "run-ended") settled.resolve();
      };
      const { ok, exitCode, warnings } = await executor.run({ report }, {
        journal: new Journal(path),
        handleSignals: false,
      });
      assertEquals([ok, exitCode], [true, 1], warnings.join("\n"));
      assertEquals(warnings, [
        `the journal ${path} cannot be synced: Input/output error`,
        `the journal ${path} lacks ranges that have ended: a run that resumes it does them again`,
      ]);
    });
  } finally {
    Deno.FsFile.prototype.syncData = syncData;
  }
});
