// `executor report --format tsv|failed|joblog` and `run --joblog`, on real runs.
import { readJournal } from "@lambdawaker/executor/journal";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { HistoryBuilder } from "../../src/report/history/history_builder.ts";
import { cliCommand, type CliResult, runCli } from "../helpers/cli.ts";
import { withFolder } from "../helpers/journal.ts";
import { LINUX, needs, testWith } from "../helpers/needs.ts";
import { processesWith, until } from "../helpers/processes.ts";

async function report(journal: string, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await runCli(["report", journal, ...args]);
  assertEquals([code, stderr], [0, ""]);
  return stdout;
}

/** Returns the cells of a table, by the names of their columns. */
function parseTable(text: string): Record<string, string>[] {
  const [head, ...lines] = text.slice(0, -1).split("\n").map((line) => line.split("\t"));
  return lines.map((cells) => {
    assertEquals(cells.length, head!.length);
    return Object.fromEntries(head!.map((name, index) => [name, cells[index]!]));
  });
}

/** Runs the command line on a list of items that end in NULs. */
async function runItems(
  items: (string | Uint8Array<ArrayBuffer>)[],
  args: string[],
  env = {},
): Promise<CliResult> {
  const nul = new Uint8Array(1);
  const input = new Uint8Array(await new Blob(items.flatMap((item) => [item, nul])).arrayBuffer());
  return await runCli(["run", "--items", "-", "-0", ...args], { input, env });
}

const KINDS = ["--journal", "the record of a run without a journal"];

for (const kind of KINDS) {
  Deno.test(`tsv has a line per range with its last attempt: ${kind}`, async () => {
    await withFolder(async (folder) => {
      const journal = `${folder}/j.jsonl`;
      const script = 'case $0 in bad) exit 3;; dead) kill -9 $$;; late) [ "$1" = 2 ];; esac';
      const isRecord = kind !== "--journal";
      const { code } = await runCli([
        ...["run", "-w", "1", "-r", "1", "--retry-delay", "1ms"],
        ...(isRecord ? [] : ["--journal", journal]),
        ...["--", "sh", "-c", script, "{item}", "{attempt}", ":::", "ok", "bad", "dead", "late"],
      ], { env: { XDG_STATE_HOME: folder } });
      assertEquals(code, 1);
      const path = isRecord
        ? `${folder}/executor/${[...Deno.readDirSync(`${folder}/executor`)][0]!.name}`
        : journal;
      const rows = parseTable(await report(path, "--format", "tsv"));
      const pick = (
        { items, status, attempts, cause, reason, exit_code, signal }: typeof rows[0],
      ) => [items, status, attempts, cause, reason, exit_code, signal];
      assertEquals(rows.map(pick), [
        ["ok", "SUCCESS", "1", "", "", "0", ""],
        ["bad", "FAILED", "2", "exit", "exit code 3", "3", ""],
        ["dead", "CRASHED", "2", "signal", "signal SIGKILL", "", "SIGKILL"],
        ["late", "SUCCESS", "2", "", "", "0", ""],
      ]);
      for (const row of rows) {
        assertEquals(row.worker, "0");
        // An attempt that is over at once may have no usage.
        assert(/^(\d+(\.\d+)?)?$/.test(row.cpu_seconds!), row.cpu_seconds);
        const ms = Date.parse(row.ended!) - Date.parse(row.started!);
        assertEquals(row.seconds, (ms / 1000).toFixed(3));
        assert(ms >= 0 && ms < 60_000);
      }
    });
  });

  testWith(`tsv has what attempts have used: ${kind}`, needs(LINUX), async () => {
    await withFolder(async (folder) => {
      const isRecord = kind !== "--journal";
      const journal = isRecord ? [] : ["--journal", `${folder}/j.jsonl`];
      const words = ["--", "sh", "-c", "sleep $0", ":::", "0.3", "0.31"];
      const env = { XDG_STATE_HOME: folder };
      await runCli(["run", "-w", "2", ...journal, ...words], { env });
      const path = isRecord
        ? `${folder}/executor/${[...Deno.readDirSync(`${folder}/executor`)][0]!.name}`
        : `${folder}/j.jsonl`;
      const rows = parseTable(await report(path, "--format", "tsv"));
      assertEquals(rows.length, 2);
      for (const { cpu_seconds, peak_rss } of rows) {
        assert(cpu_seconds !== "" && Number(cpu_seconds) < 0.3, cpu_seconds);
        assert(Number(peak_rss) > 100_000, peak_rss);
      }
    });
  });

  Deno.test(`failed lists what a resumed run has not repaired: ${kind}`, async () => {
    await withFolder(async (folder) => {
      const isRecord = kind !== "--journal";
      const first = isRecord ? [] : ["--journal", `${folder}/j.jsonl`];
      const words = ["--", "sh", "-c", `test -e ${folder}/ok-$0`, ":::", "a", "b", "c", "d"];
      const env = { XDG_STATE_HOME: folder };
      await Deno.writeTextFile(`${folder}/ok-a`, "");
      await runCli(["run", "-w", "1", ...first, ...words], { env });
      const path = isRecord
        ? `${folder}/executor/${[...Deno.readDirSync(`${folder}/executor`)][0]!.name}`
        : `${folder}/j.jsonl`;
      assertEquals(await report(path, "--format", "failed"), "b\nc\nd\n");
      await Deno.writeTextFile(`${folder}/ok-c`, "");
      // A record can be resumed as any journal.
      const again = await runCli(["run", "-w", "1", "--journal", path, "--resume", ...words]);
      assertEquals(again.code, 1);
      assertEquals(await report(path, "--format", "failed"), "b\nd\n");
      const repaired = parseTable(await report(path, "--format", "tsv"))
        .filter(({ repaired }) => repaired === "yes");
      assertEquals(repaired.map(({ items }) => items), ["c"]);
    });
  });
}

Deno.test("failed lists numbers of ranges of one, and otherwise the start and end of ranges", async () => {
  await withFolder(async (folder) => {
    const single = `${folder}/single.jsonl`;
    await runCli([
      "run",
      "-n",
      "6",
      "-c",
      "1",
      "--journal",
      single,
      "--",
      "sh",
      "-c",
      "exit $(($0 % 2))",
      "{start}",
    ]);
    assertEquals(await report(single, "--format", "failed"), "1\n3\n5\n");
    const ranges = `${folder}/ranges.jsonl`;
    await runCli([
      "run",
      "-n",
      "10",
      "-c",
      "4",
      "--journal",
      ranges,
      "--",
      "sh",
      "-c",
      "test $0 = 4",
      "{start}",
    ]);
    assertEquals(await report(ranges, "--format", "failed"), "0\t4\n8\t10\n");
  });
});

/** Checks that nothing is listed as failed, and that all failed rows and attempts of a journal are repaired: so many. */
async function assertAllRepaired(
  journal: string,
  { rows: failedRows, attempts }: { rows: number; attempts: number },
): Promise<void> {
  assertEquals(await report(journal, "--format", "failed"), "");
  const rows = parseTable(await report(journal, "--format", "tsv"));
  const bad = rows.filter(({ status }) => status === "FAILED");
  assertEquals(bad.map(({ repaired }) => repaired), Array(failedRows).fill("yes"));
  const builder = new HistoryBuilder();
  for (const event of readJournal(journal)) builder.add(event);
  const settled = builder.history().attempts.filter(({ rangeStatus }) => rangeStatus === "FAILED");
  assertEquals(settled.map((one) => one.settled), Array(attempts).fill("repaired"));
}

Deno.test("what has failed in two runs, and was done by the third one, is repaired in both", async () => {
  await withFolder(async (folder) => {
    const journal = `${folder}/j.jsonl`;
    const script = `[ $0 = a ] || [ -e ${folder}/ok ]`;
    const line = ["run", "--journal", journal, "--resume", "--", "sh", "-c", script];
    for (const expected of [1, 1]) {
      assertEquals((await runCli([...line, ":::", "a", "b"])).code, expected);
      assertEquals(await report(journal, "--format", "failed"), "b\n");
    }
    await Deno.writeTextFile(`${folder}/ok`, "");
    assertEquals((await runCli([...line, ":::", "a", "b"])).code, 0);
    await assertAllRepaired(journal, { rows: 2, attempts: 2 });
  });
});

/** What the second run of a job does after its first item, and what its journal has then. */
const EARLY_ENDS = [
  ["it runs", "exec sleep 60", '"kind":"progress"'],
  ["it waits for its retry", "exit 1", '"kind":"retry-scheduled"'],
] as const;

for (const signal of ["SIGTERM", "SIGKILL"] as const) {
  for (
    const [of, args, end, failed] of [
      ["strings", ["--per-process", "3"], [":::", ..."abc"], "b\nc\n"],
      ["numbers", ["-n", "3", "-c", "3"], [], "1\t3\n"],
    ] as const
  ) {
    for (const [moment, work, told] of EARLY_ENDS) {
      const name = `${of}, ${signal} while ${moment}`;
      testWith(
        `failed has nothing that a run has done before it ended early: ${name}`,
        needs(LINUX),
        async () => {
          await withFolder(async (folder) => {
            const journal = `${folder}/j.jsonl`;
            const script = `[ -e ${folder}/first ] || { touch ${folder}/first; exit 1; }
          [ -e ${folder}/go ] || { echo PROGRESS: 1; ${work}; }`;
            const { code } = await runCli([
              ...[
                "run",
                "--journal",
                journal,
                "--retry-from",
                "checkpoint",
                "--grace-period",
                "1s",
              ],
              ...[...args, "--", "sh", "-c", script, ...end],
            ]);
            assertEquals(code, 1);
            const retries = ["--retries", "1", "--retry-delay", "1h"];
            const second = cliCommand(["resume", journal, ...retries]).spawn();
            const texts = [second.stdout, second.stderr].map((part) => new Response(part).text());
            const hasCome = () => Deno.readTextFileSync(journal).includes(told);
            await until(hasCome, "the moment has come");
            second.kill(signal);
            await Promise.all([second.status, ...texts]);
            await until(() => processesWith(folder).length === 0, "the worker is gone");
            assertEquals(await report(journal, "--format", "failed"), failed);
            await Deno.writeTextFile(`${folder}/go`, "");
            const third = await runCli(["resume", journal]);
            assertEquals(third.code, 0, third.stderr);
            // A range of numbers has one row for all runs.
            await assertAllRepaired(journal, { rows: of === "strings" ? 1 : 0, attempts: 1 });
          });
        },
      );
    }
  }
}

/** Jobs whose ranges fail after two items, and what their resumed runs are given. */
const FROM_CHECKPOINTS: [of: string, args: string[], end: string[], failed: string][] = [
  ["strings", ["--per-process", "4"], [":::", ..."abcd"], "c\nd\n"],
  ["numbers", ["-n", "8", "-c", "4"], [], "2\t4\n6\t8\n"],
];

for (const [of, args, end, failed] of FROM_CHECKPOINTS) {
  Deno.test(`failed has nothing that was done before a checkpoint, and the rest is repaired: ${of}`, async () => {
    await withFolder(async (folder) => {
      const journal = `${folder}/j.jsonl`;
      const script = `[ -e ${folder}/ok ] && exit 0; echo PROGRESS: 2; exit 1`;
      const { code } = await runCli([
        ...["run", "--journal", journal, "--retry-from", "checkpoint", ...args],
        ...["--", "sh", "-c", script, ...end],
      ]);
      assertEquals(code, 1);
      assertEquals(await report(journal, "--format", "failed"), failed);
      await Deno.writeTextFile(`${folder}/ok`, "");
      const again = await runCli(["resume", journal, ...of === "numbers" ? ["-c", "1"] : []]);
      assertEquals(again.code, 0, again.stderr);
      const count = of === "strings" ? 1 : 2;
      await assertAllRepaired(journal, { rows: count, attempts: count });
    });
  });
}

Deno.test("failed items keep their bytes, with --null also line breaks", async () => {
  await withFolder(async (folder) => {
    const journal = `${folder}/j.jsonl`;
    const items = ["two\nlines", " blank ", "tab\there", "back\\slash"];
    await runItems(items, ["--journal", journal, "--", "false"]);
    const text = await report(journal, "--format", "failed", "-0");
    assertEquals(text, items.map((item) => `${item}\0`).join(""));
    const refused = await runCli(["report", journal, "--format", "failed"]);
    assertEquals([refused.code, refused.stdout], [2, ""]);
    assertStringIncludes(
      refused.stderr,
      'needs --null as an item has a line break: current value is "two\\nlines"',
    );
    const rows = parseTable(await report(journal, "--format", "tsv"));
    const cells = ["two\\nlines", " blank ", "tab\\there", "back\\\\slash"];
    assertEquals(rows.map(({ items }) => items), cells);
  });
});

Deno.test("failed items that are not UTF-8 keep their bytes, in a file too", async () => {
  await withFolder(async (folder) => {
    const journal = `${folder}/j.jsonl`;
    const item = new Uint8Array([0x66, 0xff, 0xc3]);
    const { code } = await runItems([item], ["--journal", journal, "--", "false"]);
    assertEquals(code, 1);
    await report(journal, "--format", "failed", "-o", `${folder}/failed`);
    assertEquals(await Deno.readFile(`${folder}/failed`), new Uint8Array([...item, 10]));
  });
});

Deno.test("ranges that were stopped, and those whose end nobody saw, are not in failed", async () => {
  await withFolder(async (folder) => {
    const journal = `${folder}/j.jsonl`;
    const begun = `${folder}/begun`;
    const { code } = await runCli([
      ...["run", "-w", "2", "--halt-on", "1:kill", "--journal", journal, "--", "sh", "-c"],
      `if [ $0 = 0 ]; then touch ${begun}; sleep 30; fi; until [ -e ${begun} ]; do sleep 0.02; done; exit 1`,
      ...[":::", "0", "1"],
    ]);
    assertEquals(code, 1);
    const assertRows = async (first: string[]) => {
      assertEquals(await report(journal, "--format", "failed"), "1\n");
      const rows = parseTable(await report(journal, "--format", "tsv"));
      assertEquals(rows.map(({ status, cause }) => [status, cause]), [first, ["FAILED", "exit"]]);
    };
    await assertRows(["PENDING", "stopped"]);
    const lines = (await Deno.readTextFile(journal)).split("\n");
    const isEndOfFirst = /"range":0,.*"kind":"attempt-ended"|"kind":"run-ended"/;
    const unseen = lines.filter((line) => !isEndOfFirst.test(line));
    assertEquals(unseen.length, lines.length - 2);
    await Deno.writeTextFile(journal, unseen.join("\n"));
    await assertRows(["LOST", ""]);
  });
});

Deno.test("without a journal, the report is that of the newest record, which it names", async () => {
  await withFolder(async (folder) => {
    const env = { XDG_STATE_HOME: folder };
    const none = await runCli(["report", "--format", "failed"], { env });
    assertEquals(none.code, 2);
    assertStringIncludes(none.stderr, "(no run has left a record)");
    await runCli(["run", "--", "false", ":::", "old"], { env });
    await runCli(["run", "--", "false", ":::", "new"], { env });
    await Deno.writeTextFile(`${folder}/executor/20990101T000000Z-00000000.jsonl`, "");
    const { code, stdout, stderr } = await runCli(["report", "--format", "failed"], { env });
    assertEquals([code, stdout], [0, "new\n"]);
    assertMatch(
      stderr,
      /^executor: the report is that of the newest run without a journal: \/.*\.jsonl\n$/,
    );
  });
});

Deno.test("--null without --format failed is refused", async () => {
  const { code, stderr } = await runCli(["report", "x.jsonl", "--null", "--format", "tsv"]);
  assertEquals(code, 2);
  assertStringIncludes(stderr, "--null must be used with --format failed");
});

const HEAD = "Seq\tHost\tStarttime\tJobRuntime\tSend\tReceive\tExitval\tSignal\tCommand";

/** Returns a log without what differs from run to run. */
function stripTimes(log: string): string[] {
  return log.trimEnd().split("\n").map((line) => {
    if (line === HEAD) return line;
    const [seq, host, start, time, send, , ...rest] = line.split("\t");
    assertMatch(start!, /^\d{10}\.\d{3}$/);
    assertMatch(time!, /^(?=.{10,}$) *\d+\.\d{3}$/);
    return [seq, host, send, ...rest].join("|");
  });
}

/** A job for both programs: what ends well, fails, dies, and is not found. */
const JOBS: [name: string, ours: string[], theirs: string[]][] = [
  ["exit codes", ["sh", "-c", "exit $0"], ["sh", "-c", "'exit $0'"]],
  ["signals", ["sh", "-c", 'kill -"$0" $$'], ["sh", "-c", `'kill -"$0" $$'`]],
];

for (const [name, ours, theirs] of JOBS) {
  testWith(
    `--joblog writes what GNU parallel writes: ${name}`,
    needs("parallel"),
    async () => {
      await withFolder(async (folder) => {
        const values = name === "signals" ? ["9", "15", "11"] : ["0", "1", "3", "200"];
        await runCli([
          "run",
          "-w",
          "1",
          "--joblog",
          `${folder}/ours`,
          "--",
          ...ours,
          ":::",
          ...values,
        ]);
        await new Deno.Command("parallel", {
          args: ["--will-cite", "-j1", "--joblog", `${folder}/theirs`, ...theirs, ":::", ...values],
          stdout: "null",
          stderr: "null",
        }).output();
        const [mine, others] = await Promise.all(
          ["ours", "theirs"].map(async (file) =>
            stripTimes(await Deno.readTextFile(`${folder}/${file}`))
          ),
        );
        assertEquals(mine, others);
      });
    },
  );
}

Deno.test("--joblog has a line as soon as a job ends, quoted for a shell, and goes on in a resumed run", async () => {
  await withFolder(async (folder) => {
    const [log, journal] = [`${folder}/log`, `${folder}/j`];
    const items = ["it's", "two\nlines"];
    const args = ["-w", "1", "--journal", journal, "--joblog", log];
    // The line of the first job comes while the second one works, which waits for it for ten seconds.
    const wait =
      `case $0 in two*) n=0; until [ $(wc -l <${log}) -ge 2 ] || [ $n = 1000 ]; do sleep 0.01; n=$((n + 1)); done ;; esac`;
    const script = `${wait}; cat ${log} > ${folder}/seen; exit 3`;
    await runItems(items, [...args, "--", "sh", "-c", script]);
    const seen = await Deno.readTextFile(`${folder}/seen`);
    assertEquals(seen.trimEnd().split("\n").length, 2);
    const line = (seq: number, word: string) => `${seq}|:|0|3|0|sh -c '${script}' ${word}`;
    const first = [HEAD, line(1, `'it'\\''s'`), line(2, "'two\0lines'")];
    assertEquals(stripTimes(await Deno.readTextFile(log)), first);
    await runItems(items, [...args, "--resume", "--", "sh", "-c", script]);
    const all = stripTimes(await Deno.readTextFile(log));
    assertEquals(all.slice(0, 3), first);
    assertEquals([all.length, all.filter((text) => text === HEAD).length], [5, 1]);
  });
});

Deno.test("a log of jobs that cannot be opened is wrong usage", async () => {
  const refused = await runCli(["run", "-n", "1", "--joblog", "/nowhere/log", "--", "true"]);
  assertEquals(refused.code, 2);
  assertStringIncludes(refused.stderr, "--joblog must be a file that can be written");
});

testWith("a log of jobs that cannot be written makes exit code 1", needs(LINUX), async () => {
  const full = await runCli(["run", "-n", "3", "-c", "1", "--joblog", "/dev/full", "--", "true"]);
  assertEquals(full.code, 1);
  assertStringIncludes(full.stderr, "the log of jobs /dev/full cannot be written");
});

Deno.test("report --format joblog has the lines of the jobs that ended, with their commands", async () => {
  await withFolder(async (folder) => {
    const [log, journal] = [`${folder}/log`, `${folder}/j`];
    await runCli([
      ...[
        "run",
        "-w",
        "1",
        "-r",
        "1",
        "--retry-delay",
        "1ms",
        "--journal",
        journal,
        "--joblog",
        log,
      ],
      ...["--", "sh", "-c", 'test "$0" = "$1"', "{item}", "x{attempt}", ":::", "x1", "x2", "x 3"],
    ]);
    const wanted = stripTimes(await Deno.readTextFile(log));
    assertEquals(wanted.length, 4);
    assertEquals(stripTimes(await report(journal, "--format", "joblog")), wanted);
  });
});

Deno.test("report --format joblog has the commands that ran: other braces, no item for --stdin, and columns as they were written", async () => {
  await withFolder(async (folder) => {
    const commandsOf = async (...args: string[]) => {
      const journal = `${folder}/j.jsonl`;
      await runCli(["run", "-w", "1", "--journal", journal, "--reporter", "quiet", ...args]);
      const lines = (await report(journal, "--format", "joblog")).trimEnd().split("\n").slice(1);
      await Deno.remove(journal);
      return lines.map((line) => line.split("\t").at(-1));
    };
    assertEquals(await commandsOf("-I", "@", "--", "echo", "x@", ":::", "a", "b"), [
      "echo xa",
      "echo xb",
    ]);
    assertEquals(await commandsOf("--stdin", "--", "cat", ":::", "a"), ["cat"]);
    assertEquals(await commandsOf("--colsep", ",", "--", "echo", "{2}", ":::", "a,b"), [
      "echo {2}",
    ]);
  });
});
