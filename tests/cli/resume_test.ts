// `executor resume`: the job goes on from its journal alone, as its command line would have it.
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { cliCommand, runCli } from "../helpers/cli.ts";
import { textOf } from "../helpers/files.ts";
import { eventsIn, leaveGroup, withFolder } from "../helpers/journal.ts";
import { LINUX, needs, testWith } from "../helpers/needs.ts";
import { isAlive, until } from "../helpers/processes.ts";
import { allow, NO_STATE, noted, noting, QUIET, runIn } from "../helpers/resumed.ts";

Deno.test("a job of numbers goes on from any directory, in the one where it began", async () => {
  await withFolder(async (folder) => {
    await Deno.mkdir(`${folder}/begun`);
    await Deno.mkdir(`${folder}/elsewhere`);
    const begun = `${folder}/begun`;
    const args = ["run", "-n", "6", "-c", "2", "--log-dir", "logs", ...QUIET, "--"];
    const first = await runIn(begun, [...args, "sh", "-c", noting("0"), "sh", "{start}", "{end}"]);
    assertEquals(first.code, 1);
    allow(begun);
    const again = ["resume", "../begun/run.jsonl", "-w", "1"];
    const second = await runIn(`${folder}/elsewhere`, again, NO_STATE);
    assertEquals([second.code, second.stdout, second.stderr], [0, "", ""]);
    assertEquals(noted(begun), ["0", "2", "2", "4", "4"]);
    assertEquals(Array.from(Deno.readDirSync(`${folder}/elsewhere`)), []);
    assert(Deno.statSync(`${begun}/logs/range-00001.attempt-2.log`).isFile);
    const [, started] = eventsIn(`${begun}/run.jsonl`, "run-started");
    assertEquals(started!.directory, begun);
    assertEquals(started!.options, {
      ...{ totalItems: 6, chunkSize: 2, logDir: "logs", reporter: "quiet", numWorkers: 1 },
    });
  });
});

testWith(
  "a journal whose name begins as a drive of Windows does is found from any directory",
  needs(LINUX),
  async () => {
    await withFolder(async (folder) => {
      await Deno.mkdir(`${folder}/begun`);
      const args = ["run", "-n", "1", "--reporter", "quiet", "--journal", "../c:run.jsonl", "--"];
      await runIn(`${folder}/begun`, [...args, "test", "-e", "go"]);
      await Deno.writeTextFile(`${folder}/begun/go`, "");
      assertEquals((await runIn(folder, ["resume", "c:run.jsonl"])).code, 0);
      assertEquals(eventsIn(`${folder}/c:run.jsonl`, "run-started").length, 2);
    });
  },
);

Deno.test("paths that are given to resume are relative to where it is called", async () => {
  await withFolder(async (folder) => {
    await Deno.mkdir(`${folder}/begun`);
    const args = ["run", "-n", "2", "-c", "1", ...QUIET, "--", "sh", "-c", noting(), "sh"];
    await runIn(`${folder}/begun`, [...args, "{start}"]);
    allow(`${folder}/begun`);
    const { code } = await runIn(folder, [
      ...["resume", "begun/run.jsonl", "--log-dir", "logs", "--report", "page.html"],
    ]);
    assertEquals(code, 0);
    assert(Deno.statSync(`${folder}/logs/range-00000.attempt-2.log`).isFile);
    assert(Deno.statSync(`${folder}/page.html`).isFile);
  });
});

Deno.test("a journal that is done says so, and nothing is run or written", async () => {
  await withFolder(async (folder) => {
    const jobs = [
      ["-n", "3", "--", "sh", "-c", "echo x >>noted"],
      ["-n", "0", "--", "sh", "-c", "echo x >>noted"],
      ["--", "sh", "-c", "echo x >>noted", "sh", "{item}", ":::", "a", "a", "b"],
    ];
    for (const job of jobs) {
      await Deno.remove(`${folder}/run.jsonl`).catch(() => {});
      assertEquals((await runIn(folder, ["run", ...QUIET, ...job])).code, 0);
      const before = [await Deno.readTextFile(`${folder}/run.jsonl`), noted(folder)];
      const { code, stderr } = await runIn(folder, ["resume", "run.jsonl"]);
      assertEquals([code, stderr], [
        0,
        "executor: the job of run.jsonl is done: there is nothing to resume\n",
      ]);
      assertEquals([await Deno.readTextFile(`${folder}/run.jsonl`), noted(folder)], before);
      if (job[1] === "3") Deno.writeTextFileSync(`${folder}/noted`, "");
    }
  });
});

testWith(
  "a journal that is done says so, and what a killed run has left is ended",
  needs(LINUX),
  async () => {
    await withFolder(async (folder) => {
      const journal = `${folder}/run.jsonl`;
      await runIn(folder, ["run", "-n", "1", ...QUIET, "--", "true"]);
      await using left = leaveGroup(journal);
      const before = Deno.readTextFileSync(journal);
      const said = async (...args: string[]) => {
        const { code, stdout, stderr } = await runIn(folder, ["resume", "run.jsonl", ...args]);
        assertEquals([code, stdout], [0, ""]);
        return stderr;
      };
      const done = "executor: the job of run.jsonl is done: there is nothing to resume";
      assertEquals(
        await said("--dry-run"),
        `${done}; processes that its workers may have left would be looked for, and ended\n`,
      );
      assertEquals(Deno.readTextFileSync(journal), before);
      assert(isAlive(left.pid), "a dry run ends nothing");
      assertEquals(
        await said(),
        `${done}; processes that its workers may have left are looked for, and ended\n`,
      );
      assert(!isAlive(left.pid), "it is ended");
      assertEquals(await said(), `${done}\n`);
    });
  },
);

Deno.test("results that are gone are made again, though their ranges are done", async () => {
  await withFolder(async (folder) => {
    const job = [
      "run",
      "-n",
      "2",
      "-c",
      "1",
      "--results",
      "out",
      ...QUIET,
      "--",
      "echo",
      "{start}",
    ];
    assertEquals((await runIn(folder, job)).code, 0);
    await Deno.remove(`${folder}/out/range-00001`, { recursive: true });
    assertEquals((await runIn(folder, ["resume", "run.jsonl"])).code, 0);
    assertEquals(await Deno.readTextFile(`${folder}/out/range-00001/stdout`), "1\n");
  });
});

Deno.test("options of all kinds are those of before, unless they are given", async () => {
  await withFolder(async (folder) => {
    const options = [
      ...[
        "-n",
        "4",
        "-c",
        "2",
        "-w",
        "2",
        "-r",
        "1",
        "--timeout",
        "1h",
        "--retry-delay",
        "1ms,1,2ms,0",
      ],
      ...["--progress-pattern", "^(?<done>\\d+) of (?<total>\\d+)$", "--halt-on", "9:kill"],
      ...[
        "--grace-period",
        "2s",
        "--title",
        "A title",
        "--slow-after",
        "50",
        "--isolate",
        "--strict",
      ],
      ...["--events", "events.jsonl", "--color", "never", "--retry-from", "checkpoint"],
    ];
    const args = ["run", ...options, ...QUIET, "--", "sh", "-c", "echo 2 of 2; [ -e ok ]"];
    await runIn(folder, args);
    allow(folder);
    const again = ["resume", "run.jsonl", "--timeout", "2h", "-r", "3", "--halt-on", "8"];
    const second = await runIn(folder, again);
    assertEquals([second.code, second.stderr], [0, ""]);
    const [before, after] = eventsIn(`${folder}/run.jsonl`, "run-started");
    assertEquals(after!.options, {
      ...before!.options,
      timeout: 7_200_000,
      maxRetries: 3,
      haltOn: { failures: 8, how: "drain" },
    });
    assertEquals(before!.options!.protocol, "^(?<done>\\d+) of (?<total>\\d+)$");
    assertEquals([before!.maxRetries, after!.maxRetries], [1, 3]);
    const done = eventsIn(`${folder}/run.jsonl`, "attempt-ended").filter(({ status }) =>
      status === "SUCCESS"
    );
    // The pattern of before has read the progress.
    assertEquals(done.map(({ progress }) => progress), [2, 2]);
  });
});

Deno.test("--output replaces --keep-order of before, and the other way round", async () => {
  await withFolder(async (folder) => {
    const run = ["run", "-n", "1", "-k", ...QUIET, "--", "sh", "-c", "echo out; exit 1"];
    assertEquals((await runIn(folder, run)).stdout, "out\n");
    const live = await runIn(folder, ["resume", "run.jsonl", "--output", "live"]);
    assertEquals([live.code, live.stdout], [1, "range 0: out\n"]);
    const kept = await runIn(folder, ["resume", "run.jsonl", "-k"]);
    assertEquals([kept.code, kept.stdout], [1, "out\n"]);
    const both = await runIn(folder, ["resume", "run.jsonl", "-k", "--output", "live"]);
    assertEquals(both.code, 2);
    assertStringIncludes(both.stderr, 'current value of --output is "live"');
  });
});

Deno.test("what residents cannot have is refused by resume, too", async () => {
  await withFolder(async (folder) => {
    const resident = ["--resident", "--launch-retries", "0"];
    await runIn(folder, ["run", "-n", "1", ...resident, ...QUIET, "--", "false"]);
    for (const option of ["--dry-run", "--stdin"]) {
      const { code, stderr } = await runIn(folder, ["resume", "run.jsonl", option]);
      assertEquals(code, 2);
      assertStringIncludes(stderr, "--resident");
    }
  });
});

Deno.test("another chunk size splits what is not done", async () => {
  await withFolder(async (folder) => {
    const job = ["run", "-n", "9", "-c", "3", ...QUIET, "--", "sh", "-c", noting("0"), "sh"];
    await runIn(folder, [...job, "{start}", "{end}"]);
    allow(folder);
    assertEquals((await runIn(folder, ["resume", "run.jsonl", "-c", "2", "-w", "3"])).code, 0);
    const ranges = eventsIn(`${folder}/run.jsonl`, "attempt-started").slice(3)
      .map(({ range, startIndex, endIndex }) => [range, startIndex, endIndex])
      .toSorted(([a], [b]) => a! - b!);
    assertEquals(ranges, [[3, 3, 5], [4, 5, 7], [5, 7, 9]]);
  });
});

Deno.test("a job that a signal stopped goes on", async () => {
  await withFolder(async (folder) => {
    const child = cliCommand([
      ...["run", "-n", "4", "-c", "1", "-w", "1", ...QUIET, "--"],
      ...["sh", "-c", "echo $1 >>noted; [ $1 != 1 ] || [ -e ok ] || sleep 60", "sh", "{start}"],
    ], { cwd: folder }).spawn();
    await until(async () => (await textOf(`${folder}/noted`)).includes("1"), "item 1 runs");
    child.kill("SIGINT");
    await Promise.all([child.status, child.stdout.cancel(), child.stderr.cancel()]);
    allow(folder);
    assertEquals((await runIn(folder, ["resume", "run.jsonl"])).code, 0);
    assertEquals(noted(folder), ["0", "1", "1", "2", "3"]);
  });
});

Deno.test("a journal with ends and failures only is enough", async () => {
  await withFolder(async (folder) => {
    const kinds = ["run-started", "items-read", "attempt-ended", "retry-scheduled", "range-split"]
      .concat("range-ended", "output-written", "output-lost", "run-ended");
    const keepEnds = () => {
      const lines = Deno.readTextFileSync(`${folder}/run.jsonl`).split("\n").filter((line) => {
        if (line === "") return false;
        const { kind, status } = JSON.parse(line);
        return kinds.includes(kind) && !(kind === "attempt-ended" && status === "SUCCESS");
      });
      Deno.writeTextFileSync(`${folder}/run.jsonl`, lines.map((line) => `${line}\n`).join(""));
    };
    const jobs = [
      { job: ["-n", "4", "-c", "1", "-r", "1", "--retry-delay", "1ms"], word: "{start}" },
      {
        job: ["-r", "1", "--retry-delay", "1ms"],
        word: "{item}",
        items: [":::", "0", "1", "2", "3"],
      },
      { job: ["--items", "-"], word: "{item}", input: "0\n1\n2\n3\n" },
    ];
    for (const { job, word, items = [], input } of jobs) {
      for (const name of ["ok", "noted", "run.jsonl"]) {
        await Deno.remove(`${folder}/${name}`).catch(() => {});
      }
      const command = ["sh", "-c", noting("0 2"), "sh", word, ...items];
      assertEquals(
        (await runIn(folder, ["run", ...job, ...QUIET, "--", ...command], { input })).code,
        1,
      );
      keepEnds();
      allow(folder);
      Deno.writeTextFileSync(`${folder}/noted`, "");
      assertEquals((await runIn(folder, ["resume", "run.jsonl"])).code, 0);
      assertEquals(noted(folder).filter((line) => line !== ""), ["1", "3"]);
      const numbers = eventsIn(`${folder}/run.jsonl`, "attempt-started")
        .map(({ range, attempt }) => `${range}.${attempt}`);
      assertEquals(new Set(numbers).size, numbers.length);
      keepEnds();
      assertStringIncludes(
        (await runIn(folder, ["resume", "run.jsonl"])).stderr,
        "is done: there is nothing to resume",
      );
    }
  });
});

Deno.test("the file of --events goes on in a resumed run, behind a line that was cut short", async () => {
  await withFolder(async (folder) => {
    const [journal, events] = [`${folder}/j`, `${folder}/e`];
    const first = await runCli([
      ...["run", "-n", "4", "-c", "1", "-w", "1", "--journal", journal, "--events", events],
      ...["--halt-on", "1:drain", "--", "sh", "-c", `[ -e ${folder}/ok ] || test {start} -lt 2`],
    ]);
    assertEquals(first.code, 1);
    const before = await Deno.readTextFile(events);
    await Deno.writeTextFile(events, '{"v":2,"t":1,"ki', { append: true });
    await Deno.writeTextFile(`${folder}/ok`, "");
    assertEquals((await runCli(["resume", journal])).code, 0);
    const text = await Deno.readTextFile(events);
    assert(text.startsWith(`${before}{"v":2,"t":1,"ki\x18\n`), text);
    const lines = text.trimEnd().split("\n").filter((line) => !line.endsWith("\x18"));
    const kinds = lines.map((line) => JSON.parse(line).kind);
    assertEquals(kinds.filter((kind) => kind === "run-started").length, 2);
    assertEquals(kinds.filter((kind) => kind === "range-ended").length, 5);
  });
});
