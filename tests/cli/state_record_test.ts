// The record that a run without a journal leaves, for its failures to be run again.
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { readJournal } from "@lambdawaker/executor/journal";
import { cliCommand, type CliResult, runCli } from "../helpers/cli.ts";
import { type PruneLimits, pruneRecords } from "../../src/cli/state_folder.ts";
import { withFolder } from "../helpers/journal.ts";
import { readUntil, until } from "../helpers/processes.ts";
import { LINUX, needs, testWith } from "../helpers/needs.ts";
import { inTerminal, shellLine } from "../helpers/pty.ts";

/** Runs the command line with a state folder below `folder`. */
function run(folder: string, args: string[], env: Record<string, string> = {}): Promise<CliResult> {
  return runCli(["run", ...args], { env: { XDG_STATE_HOME: folder, DENO_DIR, ...env } });
}

/** Deno must find what it has compiled, also if HOME is another folder. */
const DENO_DIR = Deno.env.get("DENO_DIR") ?? `${Deno.env.get("HOME")}/.cache/deno`;

/** Returns the paths of the records in a state folder. */
function records(folder: string): string[] {
  try {
    const entries = Array.from(Deno.readDirSync(`${folder}/executor`));
    return entries.filter(({ isFile }) => isFile).map(({ name }) => `${folder}/executor/${name}`)
      .sort();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

function only(folder: string): string {
  const [path, ...more] = records(folder);
  assertEquals(more, []);
  return path!;
}

const FAILS_B = ["sh", "-c", 'echo "log of $0" >&2; test "$0" != b'];

Deno.test("a run without a journal leaves a record that only its owner can read", async () => {
  await withFolder(async (folder) => {
    const { code } = await run(folder, ["--", ...FAILS_B, ":::", "a", "b", "c"]);
    assertEquals(code, 1);
    const path = only(folder);
    assertMatch(path, /\/executor\/\d{8}T\d{6}Z-[0-9a-f]{8}\.jsonl$/);
    assertEquals(Deno.statSync(path).mode! & 0o777, 0o600);
    assertEquals(Deno.statSync(`${folder}/executor`).mode! & 0o777, 0o700);
  });
});

Deno.test("the record has what resuming needs, and the details of failures", async () => {
  await withFolder(async (folder) => {
    await run(folder, [
      "-w",
      "1",
      "-r",
      "1",
      "--retry-delay",
      "1ms",
      "--",
      ...FAILS_B,
      ":::",
      "a",
      "b",
    ]);
    const events = Array.from(readJournal(only(folder)));
    const [start] = events;
    assert(start?.kind === "run-started");
    assertEquals(start.command, FAILS_B);
    assertEquals(start.directory, Deno.cwd());
    assertEquals(start.sources, [{ kind: "words", words: ["a", "b"] }]);
    assertEquals([start.options?.maxRetries, start.endsOnly], [1, true]);
    assert(start.executor !== undefined);
    const ends = events.filter((event) => event.kind === "range-ended");
    assertEquals(ends.map(({ items, status }) => [items, status]), [
      [["a"], "SUCCESS"],
      [["b"], "FAILED"],
    ]);
    const kinds = events.filter((event) => "range" in event && event.range === 1)
      .map(({ kind }) => kind);
    const attempt = ["attempt-started", "log", "attempt-ended"];
    assertEquals(kinds, [...attempt, "retry-scheduled", ...attempt, "range-ended"]);
    assertEquals(events.at(-1)?.kind, "run-ended");
  });
});

Deno.test("the record counts what --creates has skipped as done, and so does its report", async () => {
  await withFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/a.out`, "");
    await Deno.writeTextFile(`${folder}/c.out`, "");
    const worker = ["sh", "-c", 'test "$0" != b && touch "$1"', "{item}", `${folder}/{item}.out`];
    const { code } = await run(folder, [
      ...["--creates", `${folder}/{item}.out`, "--", ...worker, ":::", "a", "b", "c", "d"],
    ]);
    assertEquals(code, 1);
    const events = Array.from(readJournal(only(folder)));
    const skipped = events.filter((event) => event.kind === "range-skipped");
    assertEquals(skipped.map(({ items }) => items), [["a"], ["c"]]);
    const { stdout } = await runCli(["report", only(folder)]);
    assertMatch(stdout, /"doneItems":3\b/);
  });
});

Deno.test("the record tells of a group that a finished attempt left, as it may outlive a killed executor", async () => {
  await withFolder(async (folder) => {
    const script = `(exec sleep 100 >/dev/null 2>&1) & :`;
    assertEquals((await run(folder, ["-n", "1", "--", "sh", "-c", script])).code, 0);
    const events = Array.from(readJournal(only(folder)));
    const groups = events.flatMap((e) => e.kind === "attempt-ended" ? [e.leftGroup ?? 0] : []);
    assert(groups.length === 1 && groups[0]! > 0, `${groups}`);
    assertEquals(events.filter(({ kind }) => kind === "leaked").length, 1, "it was ended");
  });
});

Deno.test("items that came from stdin are in the record", async () => {
  await withFolder(async (folder) => {
    const { code } = await runCli(["run", "--items", "-", "--", ...FAILS_B], {
      input: new Uint8Array([...new TextEncoder().encode("a\nb\nsp ace\n"), 0xff, 10]),
      env: { XDG_STATE_HOME: folder },
    });
    assertEquals(code, 1);
    const events = Array.from(readJournal(only(folder)));
    const read = events.flatMap((event) => event.kind === "items-read" ? event.items ?? [] : []);
    assertEquals(read, ["a", "b", "sp ace", "\udcff"]);
  });
});

Deno.test("a run with a journal or --no-journal, wrong usage, the help and the doctor leave no record", async () => {
  await withFolder(async (folder) => {
    const env = { XDG_STATE_HOME: folder };
    await run(folder, ["-n", "1", "--journal", `${folder}/j.jsonl`, "--", "false"]);
    await run(folder, ["-n", "1", "--no-journal", "--", "false"]);
    await run(folder, ["-n", "1", "--workers", "0", "--", "false"]);
    await run(folder, ["-n", "1", "--report", "/nowhere/x.html", "--", "false"]);
    await run(folder, ["-n", "1", "--log-dir", "/dev/null/x", "--", "false"]);
    await runCli(["--help"], { env });
    await runCli(["doctor", "-n", "2", "--no-stop-test", "--", "true"], { env });
    assertEquals(records(folder), []);
  });
});

Deno.test("the demo leaves no record, even if it is interrupted", async () => {
  await withFolder(async (folder) => {
    const env = { XDG_STATE_HOME: folder };
    const child = cliCommand(["demo", "--reporter", "plain"], { env }).spawn();
    const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
    await readUntil(reader, "SUCCESS");
    child.kill("SIGTERM");
    await Promise.all([child.status, reader.cancel(), child.stderr.cancel()]);
    assertEquals(records(folder), []);
  });
});

Deno.test("--journal and --no-journal together are refused", async () => {
  for (const order of [["--journal=x", "--no-journal"], ["--no-journal", "--journal", "x"]]) {
    const { code, stderr } = await runCli(["run", ...order, "-n", "1", "--", "true"]);
    assertEquals(code, 2);
    assertMatch(stderr, /^executor: --(no-)?journal cannot be used with --(no-)?journal\n/);
  }
});

Deno.test("where no record can be written, the run is the same, without a word", async () => {
  await withFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/file`, "");
    await Deno.mkdir(`${folder}/taken`);
    await Deno.writeTextFile(`${folder}/taken/executor`, "");
    const places: Record<string, string>[] = [
      { XDG_STATE_HOME: `${folder}/file` },
      { XDG_STATE_HOME: `${folder}/taken` },
      { XDG_STATE_HOME: "", HOME: "" },
      { XDG_STATE_HOME: "relative", HOME: "relative/home" },
      { XDG_STATE_HOME: "/proc/nowhere" },
    ];
    for (const env of places) {
      const { code, stdout, stderr } = await run(folder, ["-n", "1", "--", "false"], env);
      assertEquals([code, stderr], [1, ""]);
      assert(!stdout.includes("resume"), stdout);
      const good = await run(folder, ["-n", "1", "--", "true"], env);
      assertEquals([good.code, good.stderr], [0, ""]);
    }
    assertEquals(records(folder), []);
  });
});

Deno.test("without XDG_STATE_HOME, the record is in ~/.local/state", async () => {
  await withFolder(async (folder) => {
    await run(folder, ["-n", "1", "--", "true"], { XDG_STATE_HOME: "", HOME: folder });
    assertEquals(records(`${folder}/.local/state`).length, 1);
  });
});

testWith(
  "a record that cannot be finished is removed, and there is no hint",
  needs("prlimit"),
  async () => {
    await withFolder(async (folder) => {
      // A limit of file sizes stands for a full disk. Deno writes files of its own before there is a worker.
      const script =
        `prlimit --pid $PPID --fsize=8192; head -c 3000 /dev/zero | tr '\\0' x; exit 1`;
      const { code, stdout: text, stderr } = await run(
        folder,
        ["-n", "40", "-c", "1", "-w", "2", "--", "sh", "-c", script],
      );
      assertEquals([code, stderr], [1, ""]);
      assertStringIncludes(text, "40 failed");
      assert(!text.includes("resume"), text);
      // With no record, the command would show the failures of another run.
      assertStringIncludes(
        text,
        "… and 30 more (--report, --log-dir or --journal would have them)",
      );
      assertEquals(records(folder), []);
    });
  },
);

const needsScript = needs(LINUX, "script");

testWith("missing permissions are not asked for: there is no record", needsScript, async () => {
  await withFolder(async (folder) => {
    const module = new URL("../../src/cli/state_folder.ts", import.meta.url).href;
    await Deno.writeTextFile(
      `${folder}/try.ts`,
      `import { newestRecord, openRecord, pruneRecords, stateFolder } from "${module}";
const folder = stateFolder();
console.log(folder, openRecord(folder), newestRecord(folder), pruneRecords(folder));`,
    );
    const flags = [
      [],
      ["--allow-env"],
      ["--allow-env=HOME", "--allow-read"],
      ["--allow-env", "--allow-write"],
      [
        "--allow-env",
        `--allow-write=${folder}`,
        `--allow-read=${folder}/executor`,
        "--deny-env=HOME",
      ],
    ];
    for (const [index, given] of flags.entries()) {
      const words = ["run", "--quiet", "--no-config", ...given, `${folder}/try.ts`];
      const line = shellLine([Deno.execPath(), ...words]);
      // Deno asks only in a terminal.
      const text = await inTerminal(`timeout 20 ${line} </dev/tty`, {
        env: { XDG_STATE_HOME: folder, HOME: folder, NO_COLOR: "1" },
      });
      const isAllowed = index === flags.length - 1;
      assertEquals(text.startsWith("undefined undefined undefined undefined"), !isAllowed, text);
      assertEquals(records(folder).length, isAllowed ? 1 : 0);
    }
  });
});

for (
  const [how, damage] of [
    ["removed", "rm $f"],
    ["cut", ": >$f"],
    ["replaced", "cp $f $0/x; mv $0/x $f"],
  ]
) {
  Deno.test(`a record that another program has ${how} is in no hint, and is not written on`, async () => {
    await withFolder(async (folder) => {
      const script =
        `[ $1 = 3 ] || exit 1; f=$(ls $0/executor/*.jsonl); until grep -q range-ended $f; do sleep 0.01; done; ` +
        `${damage}; exit 1`;
      const job = ["-n", "4", "-c", "1", "-w", "1", "--", "sh", "-c", script, folder, "{start}"];
      const { code, stdout } = await run(folder, job);
      assertEquals(code, 1);
      assertStringIncludes(stdout, "4 failed");
      assert(!stdout.includes("resume"), stdout);
      const left = records(folder).map((path) => Array.from(readJournal(path)).length > 0);
      assertEquals(left, how === "replaced" ? [true] : []);
    });
  });
}

Deno.test("a run that is killed leaves a record of what had ended", async () => {
  await withFolder(async (folder) => {
    const child = cliCommand(
      ["run", "-w", "1", "--", "sh", "-c", 'test "$0" != z || sleep 60', ":::", "a", "b", "z"],
      { env: { XDG_STATE_HOME: folder } },
    ).spawn();
    const ends = () => {
      const [path] = records(folder);
      if (path === undefined) return 0;
      return Array.from(readJournal(path)).filter(({ kind }) => kind === "range-ended").length;
    };
    await until(() => ends() === 2, "two ends are recorded");
    child.kill("SIGKILL");
    await child.output();
    assertEquals(ends(), 2);
  });
});

Deno.test("of five hundred successes, each takes a few bytes of the record", async () => {
  await withFolder(async (folder) => {
    await run(folder, ["-n", "500", "-c", "1", "-w", "2", "--reporter", "quiet", "--", "true"]);
    const { size } = Deno.statSync(only(folder));
    assert(size < 500 * 50, `${size} bytes for 500 ranges`);
  });
});

/** Makes a record of a size that was last written some days ago. */
async function makeRecord(folder: string, name: string, { days = 0, size = 10 } = {}) {
  await Deno.mkdir(`${folder}/executor`, { recursive: true });
  const path = `${folder}/executor/${name}`;
  await Deno.writeTextFile(path, "");
  await Deno.truncate(path, size);
  const time = new Date(Date.now() - days * 24 * 3_600_000);
  await Deno.utime(path, time, time);
  return path;
}

Deno.test("records older than thirty days are removed, but none that a run writes, and no other file", async () => {
  await withFolder(async (folder) => {
    const old = await makeRecord(folder, "20200101T000000Z-00000000.jsonl", { days: 31 });
    const young = await makeRecord(folder, "20200101T000000Z-00000001.jsonl", { days: 29 });
    const locked = await makeRecord(folder, "20200101T000000Z-00000002.jsonl", { days: 31 });
    const other = await makeRecord(folder, "mine.jsonl", { days: 31 });
    using file = await Deno.open(locked, { read: true, write: true });
    await file.lock(true);
    await run(folder, ["-n", "1", "--", "true"]);
    const left = records(folder);
    assertEquals([old, young, locked, other].map((path) => left.includes(path)), [
      false,
      true,
      true,
      true,
    ]);
    assertEquals(left.length, 4);
  });
});

Deno.test("the oldest records are removed if all have more than a gigabyte", async () => {
  await withFolder(async (folder) => {
    const size = 400 << 20;
    const paths = [];
    for (const days of [4, 3, 2, 1]) {
      paths.push(await makeRecord(folder, `20200101T000000Z-0000000${days}.jsonl`, { days, size }));
    }
    await run(folder, ["-n", "1", "--", "true"]);
    const left = records(folder);
    assertEquals(paths.map((path) => left.includes(path)), [false, false, true, true]);
  });
});

Deno.test("all records are looked at by the first run of a day, after a long record, and if there are too many", async () => {
  await withFolder(async (folder) => {
    const now = Date.UTC(2030, 0, 2, 12);
    const names = ["20291130T000000Z", "20300102T100000Z", "20300102T110000Z"]
      .map((time) => `${time}-00000000.jsonl`);
    const make = async (name: string) => {
      await Deno.writeTextFile(`${folder}/${name}`, "{}\n");
      await Deno.utime(`${folder}/${name}`, 0, name < "2030" ? 0 : now / 1000);
    };
    const isOldLeft = async (limits: PruneLimits) => {
      for (const name of names) await make(name);
      pruneRecords(folder, { now, ...limits });
      return Array.from(Deno.readDirSync(folder), ({ name }) => name).includes(names[0]!);
    };
    assert(await isOldLeft({ written: 1_000 }));
    assert(!await isOldLeft({ written: 10_000_000 }));
    assert(!await isOldLeft({ written: 1_000, maxRecords: 2 }));
    assert(!await isOldLeft({ written: 1_000, now: now + 24 * 3_600_000 }));
    assert(!await isOldLeft({}));
  });
});
