// `executor resume`: the job goes on from its journal alone, as its command line would have it.
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { SubprocessExecutor } from "@lambdawaker/executor";
import { Journal } from "@lambdawaker/executor/journal";
import { cliCommand, type CliResult, runCli } from "../helpers/cli.ts";
import { eventsIn, withFolder } from "../helpers/journal.ts";
import { LINUX, needs, testWith } from "../helpers/needs.ts";

/** Runs the command line in a folder, which is also that of its state. */
function runIn(
  folder: string,
  args: readonly string[],
  { input, env }: { input?: string; env?: Record<string, string> } = {},
): Promise<CliResult> {
  const options: Deno.CommandOptions = { cwd: folder, env: { XDG_STATE_HOME: folder, ...env } };
  if (input === undefined) return runCli([...args], options);
  const child = cliCommand([...args], { ...options, stdin: "piped" }).spawn();
  const writing = new Blob([input]).stream().pipeTo(child.stdin);
  return Promise.all([child.output(), writing]).then(([{ code, signal, stdout, stderr }]) => {
    const decoder = new TextDecoder();
    return { code, signal, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
  });
}

/** Notes its argument in a file, and fails until there is a file `ok`, unless the argument is in `good`. */
const noting = (good = "") =>
  `printf "%s\\n" "$1" >>noted; case " ${good} " in *" $1 "*) ;; *) [ -e ok ] ;; esac`;
const noted = (folder: string) =>
  Deno.readTextFileSync(`${folder}/noted`).trimEnd().split("\n").toSorted();
const allow = (folder: string) => Deno.writeTextFileSync(`${folder}/ok`, "");
const QUIET = ["--reporter", "quiet", "--journal", "run.jsonl"];

Deno.test("a job of numbers goes on from any directory, in the one where it began", async () => {
  await withFolder(async (folder) => {
    await Deno.mkdir(`${folder}/work`);
    await Deno.mkdir(`${folder}/elsewhere`);
    const work = `${folder}/work`;
    const args = ["run", "-n", "6", "-c", "2", "--log-dir", "logs", ...QUIET, "--"];
    const first = await runIn(work, [...args, "sh", "-c", noting("0"), "sh", "{start}", "{end}"]);
    assertEquals(first.code, 1);
    allow(work);
    const second = await runIn(`${folder}/elsewhere`, ["resume", "../work/run.jsonl", "-w", "1"]);
    assertEquals([second.code, second.stdout, second.stderr], [0, "", ""]);
    assertEquals(noted(work), ["0", "2", "2", "4", "4"]);
    assertEquals(Array.from(Deno.readDirSync(`${folder}/elsewhere`)), []);
    assert(Deno.statSync(`${work}/logs/range-00001.attempt-2.log`).isFile);
    const [, started] = eventsIn(`${work}/run.jsonl`, "run-started");
    assertEquals(started!.directory, work);
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
      await Deno.mkdir(`${folder}/work`);
      const args = ["run", "-n", "1", "--reporter", "quiet", "--journal", "../c:run.jsonl", "--"];
      await runIn(`${folder}/work`, [...args, "test", "-e", "go"]);
      await Deno.writeTextFile(`${folder}/work/go`, "");
      assertEquals((await runIn(folder, ["resume", "c:run.jsonl"])).code, 0);
      assertEquals(eventsIn(`${folder}/c:run.jsonl`, "run-started").length, 2);
    });
  },
);

Deno.test("paths that are given to resume are relative to where it is called", async () => {
  await withFolder(async (folder) => {
    await Deno.mkdir(`${folder}/work`);
    const args = ["run", "-n", "2", "-c", "1", ...QUIET, "--", "sh", "-c", noting(), "sh"];
    await runIn(`${folder}/work`, [...args, "{start}"]);
    allow(`${folder}/work`);
    const { code } = await runIn(folder, [
      ...["resume", "work/run.jsonl", "--log-dir", "logs", "--report", "page.html"],
    ]);
    assertEquals(code, 0);
    assert(Deno.statSync(`${folder}/logs/range-00000.attempt-2.log`).isFile);
    assert(Deno.statSync(`${folder}/page.html`).isFile);
  });
});

Deno.test("words after ::: come from the journal, whatever is in them", async () => {
  await withFolder(async (folder) => {
    const words = ["a", "two words", "\\:::", "\\\\::::", "$HOME", "{item}", "-n", "🦕"];
    const args = ["run", ...QUIET, "--", "sh", "-c", noting("a"), "\\:::", "{item}", ":::"];
    assertEquals((await runIn(folder, [...args, ...words])).code, 1);
    allow(folder);
    assertEquals((await runIn(folder, ["resume", "run.jsonl"])).code, 0);
    const items = ["a", "two words", ":::", "\\::::", "$HOME", "{item}", "-n", "🦕"];
    assertEquals(noted(folder), [...items, ...items.slice(1)].toSorted());
    const commands = eventsIn(`${folder}/run.jsonl`, "run-started").map(({ command }) => command);
    assertEquals(commands[0], commands[1]);
  });
});

Deno.test("a file of items is read again, and may have changed", async () => {
  await withFolder(async (folder) => {
    Deno.writeTextFileSync(`${folder}/list`, "a\0b\0c\0");
    const args = ["run", "--items", "list", "-0", ...QUIET, "--", "sh", "-c", noting("a"), "sh"];
    assertEquals((await runIn(folder, [...args, "{item}"])).code, 1);
    allow(folder);
    Deno.writeTextFileSync(`${folder}/list`, "d\0c\0a\0");
    assertEquals((await runIn(folder, ["resume", "run.jsonl"])).code, 0);
    assertEquals(noted(folder), ["a", "b", "c", "c", "d"]);
    // All of it is done, but another item is not.
    const again = await runIn(folder, ["resume", "run.jsonl"]);
    assertStringIncludes(again.stderr, "the job of run.jsonl is done");
    Deno.writeTextFileSync(`${folder}/list`, "d\0c\0e\0a\0");
    assertEquals((await runIn(folder, ["resume", "run.jsonl"])).code, 0);
    assertEquals(noted(folder), ["a", "b", "c", "c", "d", "e"]);
  });
});

Deno.test("a job whose directory is gone, or is no directory, is refused in one sentence", async () => {
  await withFolder(async (folder) => {
    await Deno.mkdir(`${folder}/work`);
    const args = ["run", "-n", "3", "-c", "1", "--journal", "../run.jsonl", "--reporter", "quiet"];
    await runIn(`${folder}/work`, [...args, "--", "false"]);
    const before = await Deno.readTextFile(`${folder}/run.jsonl`);
    for (const put of [() => {}, () => Deno.writeTextFileSync(`${folder}/work`, "")]) {
      await Deno.remove(`${folder}/work`).catch(() => {});
      put();
      const { code, stdout, stderr } = await runIn(folder, ["resume", "run.jsonl"]);
      assertEquals([code, stdout], [2, ""]);
      assertMatch(
        stderr,
        /^executor: the job of the journal run\.jsonl cannot be run in its directory ".*work": .*\nTry /,
      );
      assertEquals(await Deno.readTextFile(`${folder}/run.jsonl`), before);
    }
  });
});

Deno.test("a list that is gone is asked for in one sentence", async () => {
  await withFolder(async (folder) => {
    for (const list of ["list", "/dev/stdin", "/dev/fd/0"]) {
      await Deno.remove(`${folder}/run.jsonl`).catch(() => {});
      Deno.writeTextFileSync(`${folder}/list`, "a\nb\n");
      const args = [
        "run",
        "--items",
        list,
        ...QUIET,
        "--",
        "sh",
        "-c",
        noting("a"),
        "sh",
        "{item}",
      ];
      await runIn(folder, args, { input: "a\nb\n" });
      await Deno.remove(`${folder}/list`);
      const asked = await runIn(folder, ["resume", "run.jsonl"], { input: "x\n" });
      assertEquals(asked.code, 2);
      assertEquals(
        asked.stderr.split("\n")[0],
        `executor: the items of the journal run.jsonl came from ${list}, which is not there any more: ` +
          "give the list, as in executor resume run.jsonl --items FILE",
      );
    }
    Deno.writeTextFileSync(`${folder}/other`, "b\nc\n");
    await Deno.remove(`${folder}/noted`);
    allow(folder);
    assertEquals((await runIn(folder, ["resume", "run.jsonl", "--items", "other"])).code, 0);
    assertEquals(noted(folder), ["b", "c"]);
  });
});

Deno.test("items of a stdin that was read to its end come from the journal, to the byte", async () => {
  await withFolder(async (folder) => {
    const pipe = new Deno.Command("bash", {
      args: [
        "-c",
        `printf 'a\\r\\0b\\0two\\nlines\\0' | "$@"`,
        "bash",
        ...[Deno.execPath(), "run", "-A", "--quiet"],
        new URL("../../cli.ts", import.meta.url).pathname,
        ...["run", "--items", "-", "-0", ...QUIET, "--", "sh", "-c"],
        ...['printf %s "$1" | od -An -c >>noted; [ -e ok ]', "sh", "{item}"],
      ],
      cwd: folder,
    });
    assertEquals((await pipe.output()).code, 1);
    const before = noted(folder);
    allow(folder);
    await Deno.remove(`${folder}/noted`);
    assertEquals((await runIn(folder, ["resume", "run.jsonl"], { input: "x\n" })).code, 0);
    assertEquals(noted(folder), before);
    // They are in the journal once.
    const read = eventsIn(`${folder}/run.jsonl`, "items-read").filter(({ items }) => items);
    assertEquals(read.flatMap(({ items }) => items).length, 3);
    const again = await runIn(folder, ["resume", "run.jsonl"]);
    assertEquals([again.code, again.stderr], [
      0,
      "executor: the job of run.jsonl is done: there is nothing to resume\n",
    ]);
  });
});

Deno.test("columns of a list from stdin have the names of before", async () => {
  await withFolder(async (folder) => {
    const args = ["run", "-a", "-", "--csv", "--header", ...QUIET, "--", "sh", "-c", noting("a-2")];
    const input = 'name,count\na,2\n"b, c",1\n';
    assertEquals((await runIn(folder, [...args, "sh", "{name}-{count}"], { input })).code, 1);
    allow(folder);
    for (const note of ["b, c-1", undefined]) {
      const { code, stderr } = await runIn(folder, ["resume", "run.jsonl"]);
      assertEquals(code, 0);
      assertEquals(stderr.includes("nothing to resume"), note === undefined);
    }
    assertEquals(noted(folder), ["a-2", "b, c-1", "b, c-1"]);
  });
});

Deno.test("several lists are combined as before, also if one of them came from stdin", async () => {
  await withFolder(async (folder) => {
    Deno.writeTextFileSync(`${folder}/list`, "x\ny\n");
    const jobs = [
      { lists: [":::", "a", "b", "::::", "list"], noted: ["a-x", "a-y", "b-x", "b-y"] },
      { lists: [":::", "a", "b", "::::+", "list"], noted: ["a-x", "b-y"] },
      { lists: [":::", "a", "b", "::::", "-"], noted: ["a-x", "a-y", "b-x", "b-y"] },
    ];
    for (const { lists, noted: wanted } of jobs) {
      for (const name of ["ok", "run.jsonl"]) {
        await Deno.remove(`${folder}/${name}`).catch(() => {});
      }
      const args = ["run", ...QUIET, "--", "sh", "-c", noting("a-x"), "sh", "{1}-{2}", ...lists];
      assertEquals((await runIn(folder, args, { input: "x\ny\n" })).code, 1);
      assertEquals(noted(folder), wanted);
      allow(folder);
      await Deno.remove(`${folder}/noted`);
      assertEquals((await runIn(folder, ["resume", "run.jsonl"])).code, 0);
      assertEquals(noted(folder), wanted.slice(1));
      await Deno.remove(`${folder}/noted`);
      const { stderr } = await runIn(folder, ["resume", "run.jsonl"]);
      assertStringIncludes(stderr, "is done: there is nothing to resume");
    }
  });
});

Deno.test("a stdin that was not read to its end is asked for", async () => {
  await withFolder(async (folder) => {
    const command = ["--", "sh", "-c", noting(), "sh", "{item}"];
    const child = cliCommand(["run", "--items", "-", "-w", "1", ...QUIET, ...command], {
      cwd: folder,
      stdin: "piped",
    }).spawn();
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode("a\nb\n"));
    while (!(await Deno.readTextFile(`${folder}/noted`).catch(() => "")).includes("b")) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    child.kill("SIGKILL");
    await writer.close().catch(() => {});
    await Promise.all([child.status, child.stdout.cancel(), child.stderr.cancel()]);
    const asked = await runIn(folder, ["resume", "run.jsonl"]);
    assertEquals([asked.code, asked.stderr.split("\n")[0]], [
      2,
      "executor: the items of the journal run.jsonl came from stdin, which was not read to its end: " +
      "give the list, as in executor resume run.jsonl --items FILE",
    ]);
    allow(folder);
    await Deno.remove(`${folder}/noted`);
    Deno.writeTextFileSync(`${folder}/list`, "a\nb\n");
    assertEquals((await runIn(folder, ["resume", "run.jsonl", "--items", "list"])).code, 0);
    assertEquals(noted(folder), ["a", "b"]);
    const piped = await runIn(folder, ["resume", "run.jsonl", "--items", "-"], { input: "c\nb\n" });
    assertEquals(piped.code, 0);
    assertEquals(noted(folder), ["a", "b", "c"]);
    // That list was read to its end.
    const last = await runIn(folder, ["resume", "run.jsonl"]);
    assertStringIncludes(last.stderr, "is done: there is nothing to resume");
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

Deno.test("a list that is named anew and is not there is one sentence", async () => {
  await withFolder(async (folder) => {
    await runIn(folder, ["run", ...QUIET, "--", "false", "{}", ":::", "a"]);
    const { code, stderr } = await runIn(folder, ["resume", "run.jsonl", "--items", "missing"]);
    assertEquals(code, 2);
    assertMatch(stderr, /^executor: --items or :::: must be a file that can be read: .*missing"/);
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
    while (!(await Deno.readTextFile(`${folder}/noted`).catch(() => "")).includes("1")) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
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

Deno.test("a journal that is being written is refused", async () => {
  await withFolder(async (folder) => {
    const child = cliCommand([
      "run",
      "-n",
      "1",
      ...QUIET,
      "--",
      "sh",
      "-c",
      "echo >noted; sleep 60",
    ], {
      cwd: folder,
    }).spawn();
    while (!Array.from(Deno.readDirSync(folder)).some(({ name }) => name === "noted")) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    const { code, stderr } = await runIn(folder, ["resume", "run.jsonl"]);
    child.kill("SIGINT");
    await Promise.all([child.status, child.stdout.cancel(), child.stderr.cancel()]);
    assertEquals(code, 2);
    assertMatch(stderr, /^executor: the journal \S+run.jsonl is being written by another run\n/);
  });
});

/** A first event that names a command which would leave a trace. */
const started = (change: object = {}) => ({
  ...{ v: 2, t: 1, kind: "run-started", runId: crypto.randomUUID(), totalItems: 1, ranges: 1 },
  ...{ numWorkers: 1, maxRetries: 0, retryFrom: "start", command: ["touch", "trace"] },
  ...{ directory: "/", sources: [{ kind: "numbers", total: 1 }], options: { totalItems: 1 } },
  ...change,
});

const REFUSED: [what: string, text: string | object, said: RegExp][] = [
  ["that is empty", "", /the journal run\.jsonl has no run/],
  ["that is no journal", "touch trace\n", /run\.jsonl cannot be read as line 1 is not JSON/],
  ["of other JSON", '{"command":["touch","trace"]}\n', /line 1 is no event of a run/],
  ["of a newer format", started({ v: 3 }), /was written by a newer version: its format is 3/],
  [
    "of an older format",
    started({ v: 1, directory: undefined, sources: undefined }),
    /does not have the directory, the sources of items of its job/,
  ],
  ["without a command", started({ command: undefined }), /does not have the command of its job/],
  [
    "without a directory and sources",
    started({ directory: undefined, sources: undefined }),
    /does not have the directory, the sources of items of its job: use executor run --journal run\.jsonl --resume with the command line of before/,
  ],
  ["with a wrong command", started({ command: "touch trace" }), /whose command must be/],
  ["with an empty command", started({ command: [] }), /does not have the command of its job/],
  [
    "with an unknown option",
    started({ options: { shell: "x" } }),
    /option that is not valid: .*shell must be left out/,
  ],
  [
    "with a wrong option",
    started({ options: { numWorkers: 0 } }),
    /option that is not valid: .*--workers must be a positive integer/,
  ],
  [
    "with a wrong pattern",
    started({ options: { protocol: "(" } }),
    /option that is not valid: --progress-pattern must be/,
  ],
  [
    "in a directory that is gone",
    started({ directory: "/no/such" }),
    /cannot be run in its directory "\/no\/such"/,
  ],
  [
    "of a program",
    started({ sources: [{ kind: "list" }], items: "counted", ranges: 0 }),
    /came from a program/,
  ],
  ["with no sources", started({ sources: [] }), /does not have the sources of items of its job/],
  [
    "with another total",
    started({ sources: [{ kind: "numbers", total: 2 }] }),
    /the number of items was 1 and is 2/,
  ],
];

for (const [what, content, said] of REFUSED) {
  Deno.test(`a journal ${what} is refused, and nothing is run`, async () => {
    await withFolder(async (folder) => {
      const text = typeof content === "string" ? content : `${
        JSON.stringify({
          ...content,
          ...("directory" in content && content.directory === "/" ? { directory: folder } : {}),
        })
      }\n`;
      Deno.writeTextFileSync(`${folder}/run.jsonl`, text);
      const { code, stderr } = await runIn(folder, ["resume", "run.jsonl"]);
      assertEquals(code, 2);
      assertMatch(stderr, said);
      assertEquals(stderr.trimEnd().split("\n").length, 2, "a sentence and a hint");
      assertEquals(Array.from(Deno.readDirSync(folder), ({ name }) => name), ["run.jsonl"]);
    });
  });
}

Deno.test("the journal of a program is refused with what it lacks", async () => {
  await withFolder(async (folder) => {
    const executor = new SubprocessExecutor({ totalItems: 1 }, () => ["false"]);
    await executor.run([], { journal: new Journal(`${folder}/run.jsonl`) });
    const { code, stderr } = await runIn(folder, ["resume", "run.jsonl"]);
    assertEquals(code, 2);
    assertStringIncludes(stderr, "does not have the command, the directory of its job");
  });
});

const USAGE: [args: string, said: string][] = [
  ["", "there is no journal to resume: name one, as in executor resume run.jsonl"],
  ["a b", '"b" comes after the journal'],
  ["-", 'the journal must be a file: current value is "-"'],
  ["/no/such.jsonl", "the journal /no/such.jsonl cannot be read: No such file"],
  ["/tmp", "the journal /tmp must be a file: it is a directory"],
  ["/dev/null", "the journal /dev/null must be a file: it is a device"],
  ["run.jsonl -- true", "there is nothing to be put after --: leave it out"],
  ["run.jsonl -n 5", "there is no option -n"],
  [
    "run.jsonl --items list",
    "--items must be left out: the items of the journal run.jsonl are the numbers up to 3",
  ],
  ["run.jsonl -w 0", "--workers must be a positive integer"],
];

for (const [args, said] of USAGE) {
  Deno.test(`executor resume ${args} is refused`, async () => {
    await withFolder(async (folder) => {
      await runIn(folder, ["run", "-n", "4", ...QUIET, "--", "false"]);
      const words = args.split(" ").filter((word) => word !== "");
      const { code, stderr } = await runIn(folder, ["resume", ...words]);
      assertEquals(code, 2);
      assertStringIncludes(stderr, said);
    });
  });
}

Deno.test("run --resume without a command names executor resume", async () => {
  await withFolder(async (folder) => {
    const { code, stderr } = await runIn(folder, ["run", "--journal", "a b.jsonl", "--resume"]);
    assertEquals([code, stderr.split("\n")[0]], [
      2,
      "executor: there is no command to run: put it after --, or take it from the journal by executor resume 'a b.jsonl'",
    ]);
  });
});
