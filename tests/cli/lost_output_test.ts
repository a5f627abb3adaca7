// Output that was promised and lost: what the run says, and what the run makes good that resumes it.
import { readJournal } from "@lambdawaker/executor/journal";
import type { RunEvent } from "@lambdawaker/executor";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { cliCommand, cliCommandLine, runBash, runCli } from "../helpers/cli.ts";
import { withFolder } from "../helpers/journal.ts";
import { LINUX, MOUNT, needs, testWith } from "../helpers/needs.ts";
import { processesWith, until } from "../helpers/processes.ts";
import { withSmallDisk } from "../helpers/small_disk.ts";

const QUIET = ["--reporter", "quiet", "--grace-period", "1s"];
const onLinux = needs(LINUX);
function kindsIn<K extends RunEvent["kind"]>(path: string, kind: K): (RunEvent & { kind: K })[] {
  const events = Array.from(readJournal(path)).filter((event) => event.kind === kind);
  return events as (RunEvent & { kind: K })[];
}

/**
 * Runs a job whose first item ends last, and kills the executor when all others have ended and the first one has written to `ran`.
 * Returns the output.
 */
function killedRun(args: string[], journal: string, ran: string): Promise<string> {
  const hasBegun = () => Deno.readTextFileSync(ran).split("\n").includes("0");
  return killWhen(args, () => kindsIn(journal, "range-ended").length === 5 && hasBegun());
}

/** Runs a job, and kills the executor on a condition, which may throw before it is met. Returns the output. */
async function killWhen(
  args: string[],
  condition: () => boolean,
  signal: Deno.Signal = "SIGKILL",
): Promise<string> {
  const child = cliCommand(args).spawn();
  const stdout = new Response(child.stdout).text();
  const stderr = new Response(child.stderr).text();
  await until(() => {
    try {
      return condition();
    } catch {
      return false;
    }
  }, "the moment has come");
  child.kill(signal);
  await child.status;
  await stderr;
  return await stdout;
}

/** The options that make a job of six: numbers, or strings. */
const JOBS: [title: string, args: (folder: string) => string[], word: string][] = [
  ["numbers", () => ["-n", "6", "-c", "1"], "{start}"],
  ["strings", (folder) => ["--items", `${folder}/list`], "{item}"],
];

for (const [title, jobArgs, word] of JOBS) {
  for (const withResults of [false, true]) {
    const how = withResults ? "printed from its results" : "run again";
    Deno.test(`ordered output that a kill left unprinted is ${how}: ${title}`, async () => {
      await withFolder(async (folder) => {
        await Deno.writeTextFile(`${folder}/list`, "0\n1\n2\n3\n4\n5\n");
        const journal = `${folder}/j`;
        const script = `echo "item $0"; echo $0 >>${folder}/ran
          [ $0 != 0 ] || [ -e ${folder}/go ] || exec sleep 60`;
        const args = [
          ...["run", ...jobArgs(folder), "-w", "3", "--output", "ordered", ...QUIET],
          ...["--journal", journal, "--resume"],
          ...(withResults ? ["--results", `${folder}/out`] : []),
          ...["--", "sh", "-c", script, word],
        ];
        const printed = await killedRun(args, journal, `${folder}/ran`);
        assertEquals(printed, "");
        await until(() => processesWith(folder).length === 0, "the reaper has ended the worker");
        await Deno.writeTextFile(`${folder}/go`, "");
        const second = await runCli(args);
        const all = [0, 1, 2, 3, 4, 5].map((item) => `item ${item}\n`).join("");
        assertEquals([second.code, second.stdout, second.stderr], [0, all, ""]);
        const ran = (await Deno.readTextFile(`${folder}/ran`)).trim().split("\n").length;
        assertEquals(ran, withResults ? 7 : 12);
        const third = await runCli(args);
        assertEquals([third.code, third.stdout, third.stderr], [0, "", ""], "not twice");
      });
    });
  }
}

for (const signal of ["SIGKILL", "SIGTERM"] as const) {
  for (const withResults of [false, true]) {
    const title = `${signal}${withResults ? ", with results" : ""}`;
    Deno.test(`after a checkpoint, each item is printed once: ${title}`, async () => {
      await withFolder(async (folder) => {
        const journal = `${folder}/j`;
        const script = `i=$0; while [ $i -lt 8 ]; do
          echo item $i; i=$((i + 1)); echo PROGRESS: $((i - $0))
          [ $i != 4 ] || [ -e ${folder}/go ] || exec sleep 60; done`;
        const args = [
          ...["run", "-n", "8", "-c", "8", "-w", "1", "--retry-from", "checkpoint", ...QUIET],
          ...["--output", "ordered", "--journal", journal, "--resume"],
          ...(withResults ? ["--results", `${folder}/out`] : []),
          ...["--", "sh", "-c", script, "{resume}"],
        ];
        const isThere = () => kindsIn(journal, "progress").some(({ done }) => done === 4);
        const first = await killWhen(args, isThere, signal);
        await until(() => processesWith(folder).length === 0, "the worker is gone");
        await Deno.writeTextFile(`${folder}/go`, "");
        const second = await runCli(args);
        const all = [0, 1, 2, 3, 4, 5, 6, 7].map((item) => `item ${item}\n`).join("");
        assertEquals([second.code, second.stderr], [0, ""]);
        assertEquals(first + second.stdout, all);
        assertEquals(first === "", signal === "SIGKILL");
        if (!withResults) return;
        assertEquals(await Deno.readTextFile(`${folder}/out/range-00000/stdout`), all);
      });
    });
  }
}

Deno.test("ordered output is not owed to a run that has none, but told", async () => {
  await withFolder(async (folder) => {
    const journal = `${folder}/j`;
    const script = `echo $0 >>${folder}/ran
      [ $0 != 0 ] || [ -e ${folder}/go ] || exec sleep 60; echo "item $0"`;
    const args = ["-n", "6", "-c", "1", "-w", "3", ...QUIET, "--journal", journal, "--resume"];
    const command = ["--", "sh", "-c", script, "{start}"];
    const ordered = ["run", ...args, "--output", "ordered", ...command];
    await killedRun(ordered, journal, `${folder}/ran`);
    await Deno.writeTextFile(`${folder}/go`, "");
    const second = await runCli(["run", ...args, ...command]);
    assertEquals(second.code, 0);
    assertMatch(second.stderr, /^executor: warning: .* could not write: 5;/);
    const third = await runCli(ordered);
    assertEquals(third.stdout, [1, 2, 3, 4, 5].map((item) => `item ${item}\n`).join(""));
  });
});

Deno.test("a run without --output promises none: a resume prints only what it runs", async () => {
  await withFolder(async (folder) => {
    const args = ["run", "-n", "3", "-c", "1", ...QUIET, "--journal", `${folder}/j`, "--resume"];
    assertEquals((await runCli([...args, "--", "echo", "x"])).code, 0);
    const { code, stdout, stderr } = await runCli(
      [...args, "-k", "--", "echo", "x"].map((word) => word === "-k" ? "--output=ordered" : word),
    );
    assertEquals([code, stdout, stderr], [0, "", ""]);
  });
});

testWith(
  "a full stdout: no range is done that was not written, and a resume writes it",
  onLinux,
  async () => {
    for (const withResults of [false, true]) {
      await withFolder(async (folder) => {
        const options = withResults ? `--results ${folder}/out` : "";
        const { code, stdout, stderr } = await runBash(
          `run() { X -n 4 -c 1 -w 2 --output ordered --reporter quiet --journal ${folder}/j --resume ${options} -- echo item {start}; }
         run >/dev/full; echo $?; run; echo $?; run; echo $?`,
        );
        const all = "item 0\nitem 1\nitem 2\nitem 3\n";
        assertEquals([code, stdout], [0, `1\n${all}0\n0\n`]);
        assertMatch(stderr, /^executor: warning: the output of a worker cannot be kept: No space/);
      });
    }
  },
);

testWith(
  "results on a full disk: no range is done whose results are not whole, and a resume makes them",
  needs(MOUNT),
  async () => {
    await withSmallDisk("1m", async (folder) => {
      const results = `${folder}/out`;
      await withFolder(async (other) => {
        const args = [
          ...["run", "-n", "8", "-c", "1", "-w", "2", ...QUIET, "--results", results],
          ...["--journal", `${other}/j`, "--resume", "--"],
          ...["sh", "-c", `[ -e ${other}/go ] || head -c 300000 /dev/zero; echo end $0`, "{start}"],
        ];
        const first = await runCli(args);
        assertEquals(first.code, 1);
        assertStringIncludes(first.stderr, "the output of a worker cannot be kept: No space left");
        const ended = kindsIn(`${other}/j`, "range-ended");
        const done = ended.filter(({ status }) => status === "SUCCESS").map(({ range }) => range);
        assert(done.length > 0 && done.length < 8);
        for (const range of done) {
          const text = await Deno.readTextFile(`${results}/range-0000${range}/stdout`);
          assertEquals(text.length, 300_000 + "end 0\n".length);
        }
        const lost = ended.find(({ status }) => status === "CRASHED")!;
        assertStringIncludes(JSON.stringify(lost.cause), '"output-lost","message":"No space left');
        await Deno.writeTextFile(`${other}/go`, "");
        const second = await runCli(args);
        assertEquals([second.code, second.stderr], [0, ""]);
        for (let range = 0; range < 8; range++) {
          const text = await Deno.readTextFile(`${results}/range-0000${range}/stdout`);
          assertStringIncludes(text, `end ${range}\n`);
          assertEquals(await Deno.readTextFile(`${results}/range-0000${range}/exit`), "0\n");
        }
      });
    });
  },
);

Deno.test("results that are gone although the journal says done are made again", async () => {
  for (
    const spoil of ["rm -r out", "rm -r out/range-00001", "rm out/range-00001/exit", ": >out/x"]
  ) {
    await withFolder(async (folder) => {
      const { code, stdout, stderr } = await runBash(
        `cd ${folder}
         run() { X -n 3 -c 1 -w 1 --reporter quiet --journal j --resume --results out -- sh -c 'echo x; echo $0 >>ran' {start}; }
         run; echo $?; ${spoil}; run; echo $?; cat out/range-*/stdout out/range-*/exit; wc -l <ran`,
      );
      const ran = spoil === "rm -r out" ? 6 : spoil === ": >out/x" ? 3 : 4;
      assertEquals([code, stdout, stderr], [0, `0\n0\nx\nx\nx\n0\n0\n0\n${ran}\n`, ""], spoil);
    });
  }
});

Deno.test("a directory of results that is removed by a worker is filled by a resume", async () => {
  await withFolder(async (folder) => {
    const { stdout } = await runBash(
      `cd ${folder}
       run() { X -n 6 -c 1 -w 1 --reporter quiet --journal j --resume --results out -- sh -c '[ $0 = 3 ] && [ ! -e go ] && rm -r out; echo $0' {start}; }
       run; echo $?; touch go; run; echo $?; cat out/range-*/stdout out/range-*/exit | tr '\\n' ' '`,
    );
    assertEquals(stdout, "1\n0\n0 1 2 3 4 5 0 0 0 0 0 0 ");
  });
});

Deno.test("a kill between results and journal costs nothing but a second run", async () => {
  await withFolder(async (folder) => {
    const args = [
      ...["run", "-n", "3", "-c", "1", "-w", "1", ...QUIET, "--results", `${folder}/out`],
      ...["--journal", `${folder}/j`, "--resume", "--", "sh", "-c", "echo item $0", "{start}"],
    ];
    assertEquals((await runCli(args)).code, 0);
    const lines = (await Deno.readTextFile(`${folder}/j`)).trimEnd().split("\n");
    for (let length = 1; length < lines.length; length++) {
      await Deno.writeTextFile(`${folder}/j`, lines.slice(0, length).join("\n") + "\n");
      const { code, stderr } = await runCli(args);
      assertEquals([code, stderr], [0, ""]);
      for (const range of [0, 1, 2]) {
        const text = await Deno.readTextFile(`${folder}/out/range-0000${range}/stdout`);
        assertEquals(text, `item ${range}\n`);
      }
    }
  });
});

Deno.test("results of another run are refused in one sentence, and stay as they are", async () => {
  await withFolder(async (folder) => {
    const run = (...args: string[]) =>
      runCli([
        "run",
        "-c",
        "1",
        ...QUIET,
        "--results",
        `${folder}/out`,
        ...args,
        "--",
        "echo",
        "x",
      ]);
    const names = () => Array.from(Deno.readDirSync(`${folder}/out`), ({ name }) => name).sort();
    assertEquals((await run("-n", "3", "--journal", `${folder}/a`)).code, 0);
    const before = names();
    assertEquals(before, [".executor-run", "range-00000", "range-00001", "range-00002"]);
    const refused = [
      ["-n", "1"],
      ["-n", "3"],
      ["-n", "3", "--journal", `${folder}/b`],
      ["-n", "3", "--journal", `${folder}/c`, "--resume"],
    ];
    for (const args of refused) {
      const { code, stdout, stderr } = await run(...args);
      assertEquals([code, stdout, names()], [2, "", before]);
      assertMatch(
        stderr,
        /^executor: --results must be a directory without results of another job: name another directory, resume the journal of these results, or remove them: current value is "\S+\/out" \(it has the results of the run [\w-]{36}\)\nTry `executor run --help`\.\n$/,
      );
    }
    assertEquals((await run("-n", "3", "--journal", `${folder}/a`, "--resume")).code, 0);
    await Deno.remove(`${folder}/out/.executor-run`);
    assertEquals((await run("-n", "3", "--journal", `${folder}/a`, "--resume")).code, 0);
    assertEquals(names(), before, "the journal knows the directory");
    // What a full disk leaves of the file is taken for none.
    await Deno.writeTextFile(`${folder}/out/.executor-run`, "");
    assertEquals((await run("-n", "3", "--journal", `${folder}/a`, "--resume")).code, 0);
    await Deno.writeTextFile(`${folder}/out/.executor-run`, "");
    const { code, stderr } = await run("-n", "1");
    assertEquals(code, 2);
    assertMatch(stderr, /\(it has a range-0000\d of another run\)/);
  });
});

Deno.test("a resumed run with another directory of results names that of before, unless they were moved", async () => {
  await withFolder(async (folder) => {
    const [old, other] = [`${folder}/old`, `${folder}/other`];
    const run = (script: string) =>
      runCli([
        ...["run", "-n", "3", "-c", "1", "-w", "1", ...QUIET, "--results", old],
        ...["--journal", `${folder}/j`, "--", "sh", "-c", script, "{start}"],
      ]);
    assertEquals((await run(`[ $0 != 2 ] || [ -e ${folder}/go ]`)).code, 1);
    await Deno.writeTextFile(`${folder}/go`, "");
    const resume = (path: string) => runCli(["resume", `${folder}/j`, ...QUIET, "--results", path]);
    const { code, stderr } = await resume(other);
    assertEquals(
      [code, stderr],
      [
        0,
        `executor: warning: ranges that are done, and whose results earlier runs have kept in ${old}: 2; this run keeps its results in ${other}\n`,
      ],
    );
    await Deno.remove(`${old}/range-00002`, { recursive: true });
    await Deno.rename(`${other}/range-00002`, `${old}/range-00002`);
    await Deno.remove(other, { recursive: true });
    await Deno.rename(old, other);
    const moved = await resume(other);
    assertEquals([moved.code, moved.stderr], [0, ""]);
  });
});

Deno.test("a directory that is empty or has other files is fine for results", async () => {
  await withFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/notes.txt`, "mine");
    const args = ["run", "-n", "1", ...QUIET, "--results", folder, "--", "echo", "x"];
    assertEquals((await runCli(args)).code, 0);
    assertEquals(await Deno.readTextFile(`${folder}/notes.txt`), "mine");
    assertEquals(await Deno.readTextFile(`${folder}/range-00000/stdout`), "x\n");
  });
});

testWith("too few descriptors for results: the range waits, or is not done", onLinux, async () => {
  await withFolder(async (folder) => {
    const line = cliCommandLine([
      ...["run", "-n", "40", "-c", "1", "-w", "16", ...QUIET, "--results", `${folder}/out`, "--"],
      ...["sh", "-c", "sleep 0.1; echo item $0", "{start}"],
    ]);
    const command = [line.command, ...line.args].map((word) => `'${word}'`).join(" ");
    const { code } = await runBash(`ulimit -n 60; ${command}`);
    let whole = 0;
    for (let range = 0; range < 40; range++) {
      const name = `${folder}/out/range-${`${range}`.padStart(5, "0")}`;
      try {
        if (await Deno.readTextFile(`${name}/exit`) !== "0\n") continue;
        assertEquals(await Deno.readTextFile(`${name}/stdout`), `item ${range}\n`);
        whole++;
      } catch (error) {
        if (!(error instanceof Deno.errors.NotFound)) throw error;
      }
    }
    assertEquals(code === 0, whole === 40);
  });
});

Deno.test("| head: no more items are read from a stdin that goes on, and the exit code is 1", async () => {
  await withFolder(async (folder) => {
    const list = `{ seq 1 3; until [ -e ${folder}/go ]; do sleep 0.05; done; seq 4 100; }`;
    const { stdout, stderr } = await runBash(
      `set +o pipefail; ${list} | { X --items - -w 1 --output live --reporter quiet -- sh -c 'echo $0; until [ -e ${folder}/left ]; do sleep 0.02; done; sleep 0.2; echo $0 >>${folder}/ran' {item}; echo $? >${folder}/code; touch ${folder}/go; } | { head -n 1; exec <&-; touch ${folder}/left; }`,
    );
    assertMatch(stdout, /^1\t1\n$/);
    assertEquals(await Deno.readTextFile(`${folder}/code`), "1\n");
    assertMatch(stderr, /stopped, as nobody reads its output any more/);
    assertMatch(stderr, /not all were read/);
    assertMatch(await Deno.readTextFile(`${folder}/ran`), /^1\n(2\n)?$/);
  });
});

testWith(
  "a stdout that is open for reading only is told before anything runs",
  onLinux,
  async () => {
    for (const command of ["run -n 1 -k -- touch ran", "run --help", "ls"]) {
      const script =
        `cd "$(mktemp -d)"; touch in; X ${command} 1<in; echo "$? $(ls)" >&2; rm -r "$PWD"`;
      const { stderr } = await runBash(script);
      const error = "executor: stdout cannot be written: it is open for reading only";
      assertEquals(stderr, `${error}\n1 in\n`, command);
    }
  },
);
