// A job's record, and what a run that resumes it makes of it.
import {
  ConfigError,
  type ExecutorOptions,
  type Reporter,
  SubprocessExecutor,
  type TaskConfig,
} from "@lambdawaker/executor";
import { INITIAL_STATE, reduce, summarize } from "@lambdawaker/executor/events";
import { type JobOrigin, Journal, JournalError, readJournal } from "@lambdawaker/executor/journal";
import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { causeText } from "../../src/reporters/wording.ts";
import { eventsIn, runRecorded, withFolder } from "../helpers/journal.ts";
import { MOUNT, needs, POSIX, testWith } from "../helpers/needs.ts";

const echo = (text: string) => ["echo", text];
/** Fails as long as there is no file of that name. */
const exists = (file: string) => ["sh", "-c", `[ -e ${file} ] || exit 3`];

Deno.test("a run that resumes does what is not SUCCESS or FINISHED, and nothing else", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/run.jsonl`;
    const ran: number[] = [];
    const getCommand = ({ extraData }: { extraData: { startIndex: number } }) => {
      ran.push(extraData.startIndex);
      return extraData.startIndex === 4 ? exists(`${folder}/go`) : echo("STATUS: SUCCESS");
    };
    const config = { totalItems: 10, chunkSize: 2, numWorkers: 2, retryDelay: 0, maxRetries: 1 };
    const first = await runRecorded(config, getCommand, { path });
    assertEquals([first.ok, first.counts.SUCCESS, first.counts.FAILED], [false, 4, 1]);
    assertEquals([first.doneItems, first.attempts, first.retries], [8, 6, 1]);
    ran.length = 0;
    await Deno.writeTextFile(`${folder}/go`, "");
    const second = await runRecorded(config, getCommand, { path, resume: true });
    assertEquals(ran, [4]);
    assertEquals([second.ok, second.counts.SUCCESS, second.counts.FINISHED], [true, 5, 0]);
    assertEquals([second.resumedRanges, second.attempts, second.retries], [4, 1, 0]);
    assertEquals(second.doneItems, 10);
    assertEquals(eventsIn(path, "attempt-started").at(-1)?.attempt, 3, "its id never repeats");
    const third = await runRecorded(config, getCommand, { path, resume: true });
    assertEquals([third.ok, third.attempts, third.resumedRanges], [true, 0, 5]);
  });
});

Deno.test("the events of a journal reduce to the summary of the last run", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/run.jsonl`;
    const config = { totalItems: 6, chunkSize: 1, numWorkers: 3 };
    const script =
      'i=0; while [ $i -lt 30 ]; do echo MESSAGE: $i; i=$((i+1)); done; echo "last words of $EXECUTOR_START"; exit $((EXECUTOR_START % 2))';
    for (const resume of [false, true]) {
      const summary = await runRecorded(config, () => ["sh", "-c", script], { path, resume });
      const folded = summarize(Array.from(readJournal(path)).reduce(reduce, INITIAL_STATE));
      assertEquals(folded, summary);
      assertEquals(folded.failures[0]?.message, "29");
      assertStringIncludes(folded.failures[0]!.log.join(), "last words of");
    }
  });
});

testWith(
  "when a process starts, the journal has its attempt, and the ends of all ranges before",
  needs(POSIX),
  async () => {
    await withFolder(async (folder) => {
      const path = `${folder}/run.jsonl`;
      const copy = ({ extraData }: { extraData: { startIndex: number } }) => [
        ...["cp", path, `${folder}/seen-${extraData.startIndex}`],
      ];
      const config = { totalItems: 4, chunkSize: 1, numWorkers: 1 };
      assert((await runRecorded(config, copy, { path })).ok);
      for (let range = 0; range < 4; range++) {
        const seen = `${folder}/seen-${range}`;
        const before = [0, 1, 2, 3].slice(0, range);
        assertEquals(eventsIn(seen, "range-ended").map((event) => event.range), before);
        const begun = eventsIn(seen, "attempt-started").map((event) => event.range);
        assertEquals(begun, [...before, range]);
      }
    });
  },
);

testWith(
  "the end of a range is in the journal a moment later, though nothing else happens",
  needs(POSIX),
  async () => {
    await withFolder(async (folder) => {
      const path = `${folder}/run.jsonl`;
      const go = `${folder}/go`;
      const second = ["sh", "-c", `until [ -e ${go} ]; do sleep 0.01; done`];
      const executor = new SubprocessExecutor(
        { totalItems: 2, chunkSize: 1, numWorkers: 2 },
        ({ index }) => index === 0 ? ["true"] : second,
      );
      const recorded: number[] = [];
      const reporter: Reporter = {
        report: ({ kind }) => {
          if (kind !== "range-ended" || recorded.length > 0) return;
          // Within this turn of the event loop and the next one, no process ends or starts.
          setImmediate(() =>
            setImmediate(() => {
              recorded.push(...eventsIn(path, "range-ended").map(({ range }) => range));
              Deno.writeTextFileSync(go, "");
            })
          );
        },
      };
      await executor.run(reporter, { journal: new Journal(path), handleSignals: false });
      assertEquals(recorded, [0]);
    });
  },
);

Deno.test("an existing journal is never overwritten, and never mistaken for that of another job", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/run.jsonl`;
    const config = { totalItems: 4, chunkSize: 1 };
    await runRecorded(config, () => echo("x"), { path, command: ["echo", "x"] });
    const before = await Deno.readTextFile(path);
    const again = (change: object, command: readonly string[] | undefined, resume = true) =>
      runRecorded({ ...config, ...change }, () => echo("x"), { path, resume, command });
    const cases: [Promise<unknown>, string][] = [
      [again({}, ["echo", "x"], false), "exists already"],
      [again({ totalItems: 5 }, ["echo", "x"]), "the number of items was 4 and is 5"],
      [again({}, ["echo", "y"]), 'the command was ["echo","x"] and is ["echo","y"]'],
      [again({}, undefined), 'the command was ["echo","x"] and is not given'],
    ];
    for (const [run, words] of cases) await assertRejects(() => run, JournalError, words);
    assertEquals(await Deno.readTextFile(path), before);
  });
});

Deno.test("a journal is locked while a run writes it", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/run.jsonl`;
    const control = new AbortController();
    const running = runRecorded({ totalItems: 1 }, () => ["sleep", "60"], {
      path,
      signal: control.signal,
    });
    await assertRejects(
      () => runRecorded({ totalItems: 1 }, () => ["true"], { path, resume: true }),
      JournalError,
      "is being written by another run",
    );
    control.abort();
    await running;
    assert((await runRecorded({ totalItems: 1 }, () => ["true"], { path, resume: true })).ok);
  });
});

Deno.test("a journal that does not exist, or is empty, is begun", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/run.jsonl`;
    assert((await runRecorded({ totalItems: 1 }, () => ["true"], { path, resume: true })).ok);
    const empty = await Deno.makeTempFile({ dir: folder });
    assert((await runRecorded({ totalItems: 1 }, () => ["true"], { path: empty })).ok);
    assertEquals(eventsIn(empty, "run-ended").length, 1);
  });
});

Deno.test("what a stopped run had running is outstanding, its checkpoint kept", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/run.jsonl`;
    const starts: number[] = [];
    const control = new AbortController();
    const config = { totalItems: 10, numWorkers: 1, retryFrom: "checkpoint" as const };
    const getCommand = ({ extraData }: { extraData: { startIndex: number } }) => {
      starts.push(extraData.startIndex);
      const script = starts.length === 1
        ? `echo PROGRESS: 6; touch ${folder}/said; exec sleep 60`
        : "true";
      return ["sh", "-c", script];
    };
    const watcher = {
      report: ({ kind }: { kind: string }) => kind === "progress" && control.abort(),
    };
    const journal = new Journal(path);
    await new SubprocessExecutor(config, getCommand).run(watcher, {
      journal,
      signal: control.signal,
    });
    const second = await runRecorded(config, getCommand, { path, resume: true });
    assertEquals(starts, [0, 6]);
    assertEquals([second.ok, second.doneItems], [true, 10]);
    assertEquals(eventsIn(path, "run-started").at(-1)?.resumed?.doneItems, 6);
  });
});

testWith(
  "a full disk, as journal and log directory: the work ends well, and a warning is there",
  needs(MOUNT),
  async () => {
    await withFolder(async (folder) => {
      const mount = (...args: string[]) => new Deno.Command(args[0]!, { args: args.slice(1) });
      const { success } = await mount("mount", "-t", "tmpfs", "-o", "size=1m", "none", folder)
        .output();
      assert(success);
      try {
        const path = `${folder}/run.jsonl`;
        const config = { totalItems: 60, chunkSize: 1, numWorkers: 4, logDir: `${folder}/logs` };
        const script = "head -c 100000 /dev/zero | tr '\\0' x; echo; echo STATUS: SUCCESS";
        const summary = await runRecorded(config, () => ["sh", "-c", script], { path });
        assertEquals([summary.ok, summary.counts.SUCCESS], [true, 60]);
        // Ranges that have ended are not in the journal, and a resumed run does them again.
        assertEquals([summary.warnings.length, summary.exitCode], [3, 1]);
        assertStringIncludes(summary.warnings.at(-1)!, "lacks ranges that have ended");
        for (const [index, words] of ["the log", "the journal"].entries()) {
          const warning = summary.warnings.slice(0, 2).toSorted((a, b) =>
            b.localeCompare(a)
          )[index]!;
          assertStringIncludes(warning, words);
          assertStringIncludes(warning, "No space left on device");
          assertStringIncludes(warning, "the work goes on");
        }
        // What could be written can be read, and taken up once there is room.
        await Deno.remove(`${folder}/logs`, { recursive: true });
        const again = await runRecorded(config, () => ["echo", "STATUS: SUCCESS"], {
          path,
          resume: true,
        });
        assert(again.ok && again.resumedRanges > 0 && again.warnings.length === 0);
      } finally {
        // Lazily: a process that another test forks holds the open files for a moment, until its exec.
        const { success } = await mount("umount", "--lazy", folder).output();
        assert(success);
      }
    });
  },
);

Deno.test("a worker that says it did all, and FAILED, is begun anew on resume", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/run.jsonl`;
    const config = { totalItems: 10, chunkSize: 5, retryFrom: "checkpoint" as const };
    const lies = () => ["sh", "-c", "echo PROGRESS: 5; echo STATUS: FAILED; exit 1"];
    const first = await runRecorded(config, lies, { path });
    assertEquals([first.ok, first.doneItems, first.anomalies], [false, 0, 0]);
    const second = await runRecorded(config, lies, { path, resume: true });
    assertEquals([second.doneItems, second.anomalies], [0, 0]);
    const started = eventsIn(path, "attempt-started").slice(2);
    assertEquals(started.map(({ startIndex }) => startIndex), [0, 5]);
  });
});

Deno.test("events that a later version added are passed over, and stay in the journal", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/run.jsonl`;
    const config = { totalItems: 4, chunkSize: 2, numWorkers: 1 };
    await runRecorded(
      config,
      ({ extraData }) => extraData.startIndex === 0 ? ["true"] : ["false"],
      {
        path,
      },
    );
    const lines = (await Deno.readTextFile(path)).trimEnd().split("\n");
    const later = '{"v":2,"t":1,"kind":"worker-moved","range":"any","to":["n2"]}';
    // Also as the first and as the last line.
    const text = [later, ...lines.flatMap((line) => [line, later])].join("\n") + "\n";
    await Deno.writeTextFile(path, text);
    assertEquals(Array.from(readJournal(path)).length, lines.length);
    const starts: number[] = [];
    const second = await runRecorded(config, ({ extraData }) => {
      starts.push(extraData.startIndex);
      return ["true"];
    }, { path, resume: true });
    assertEquals([second.ok, starts], [true, [2]]);
    assert((await Deno.readTextFile(path)).startsWith(text));
  });
});

Deno.test("causes that a later version added are read, reported by their names, and resumed", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/run.jsonl`;
    const config = { totalItems: 2, chunkSize: 1, numWorkers: 1 };
    await runRecorded(config, () => ["false"], { path });
    const text = await Deno.readTextFile(path);
    const known = '"cause":{"kind":"exit","code":1}';
    assertStringIncludes(text, known);
    await Deno.writeTextFile(path, text.replaceAll(known, '"cause":{"kind":"melted","at":[1]}'));
    const again = Array.from(readJournal(path)).reduce(reduce, INITIAL_STATE);
    assertEquals(summarize(again).failures.map(({ cause }) => causeText(cause)), [
      "melted",
      "melted",
    ]);
    const second = await runRecorded(config, () => ["true"], { path, resume: true });
    assertEquals([second.ok, second.doneItems], [true, 2]);
  });
});

Deno.test("a journal tells where the items of a program come from, and what the program adds", async () => {
  await withFolder(async (folder) => {
    const startOf = async (config: TaskConfig, options: ExecutorOptions = {}) => {
      const path = await Deno.makeTempFile({ dir: folder });
      const executor = new SubprocessExecutor(config, () => ["true"], options);
      await executor.run([], { journal: new Journal(path), handleSignals: false });
      return eventsIn(path, "run-started")[0]!;
    };
    assertEquals((await startOf({ totalItems: 2 })).sources, [{ kind: "numbers", total: 2 }]);
    assertEquals((await startOf({ items: ["a"] })).sources, [{ kind: "list" }]);
    const origin: JobOrigin = {
      directory: "/srv",
      sources: [{ kind: "file", path: "a", separator: "\n" }, { kind: "words", words: ["b"] }],
      options: { depth: 3, name: "x", deep: true, tags: ["a"], delay: { first: 1 } },
    };
    const { directory, sources, options } = await startOf({ items: ["a"] }, { origin });
    assertEquals({ directory, sources, options }, origin);
  });
});

Deno.test("an origin that cannot be recorded is refused by its field", () => {
  const cases: [origin: unknown, words: string][] = [
    [{ directory: "" }, "origin.directory must be a string that matches"],
    [{ sources: [{ kind: "sql" }] }, "origin.sources[0].kind must be"],
    [{ options: { a: { b: [1] } } }, "origin.options.a.b must be"],
    [{ folder: "x" }, "origin.folder must be left out"],
    ["x", "origin must be an object"],
  ];
  for (const [origin, words] of cases) {
    const options = { origin: origin as JobOrigin };
    assertThrows(
      () => new SubprocessExecutor({ totalItems: 1 }, () => ["true"], options),
      ConfigError,
      words,
    );
  }
});
