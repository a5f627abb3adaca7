// `executor resume` of a job whose ranges are done, and whose output is owed by an earlier run.
import { assertEquals, assertStringIncludes } from "@std/assert";
import { isThere } from "../../src/base/existence.ts";
import { cliCommand, cliCommandLine } from "../helpers/cli.ts";
import { eventsIn, withFolder } from "../helpers/journal.ts";
import { processesWith, until } from "../helpers/processes.ts";
import { shellLine } from "../helpers/pty.ts";
import { QUIET, runIn } from "../helpers/resumed.ts";

const JOBS: [what: string, args: string[], word: string][] = [
  ["numbers", ["-n", "3", "-c", "1"], "{start}"],
  ["strings", ["--items", "list"], "{item}"],
];

/** Runs an executor, and kills it when this number of ranges have ended. Then lets the others end. */
async function killAfter(ranges: number, executor: Deno.Command, folder: string): Promise<void> {
  const child = executor.spawn();
  await until(() => {
    try {
      return eventsIn(`${folder}/run.jsonl`, "range-ended").length === ranges;
    } catch {
      return false;
    }
  }, "the others have ended");
  child.kill("SIGKILL");
  await Promise.all([child.status, child.stdout.cancel(), child.stderr.cancel()]);
  await until(() => processesWith(folder).length === 0, "the reaper has ended the worker");
  Deno.writeTextFileSync(`${folder}/go`, "");
}

/** Runs a job whose first item ends last, kills it when the others are done, and then does the rest without output. */
async function owing(folder: string, job: readonly string[], word: string): Promise<void> {
  Deno.writeTextFileSync(`${folder}/list`, "0\n1\n2\n");
  const script = `[ $0 != 0 ] || [ -e ${folder}/go ] || exec sleep 60; echo "item $0"`;
  const args = ["run", ...job, "-w", "3", ...QUIET, "--resume"];
  const command = ["--", "sh", "-c", script, word];
  await killAfter(2, cliCommand([...args, "-k", ...command], { cwd: folder }), folder);
  const second = await runIn(folder, [...args, ...command]);
  assertEquals([second.code, second.stdout], [0, ""], second.stderr);
  assertStringIncludes(second.stderr, "could not write: 2; resume with the same output to get it");
}

for (const [what, job, word] of JOBS) {
  Deno.test(`a resume with ordered output writes what an earlier run owes, though all is done: ${what}`, async () => {
    await withFolder(async (folder) => {
      await owing(folder, job, word);
      const resumed = await runIn(folder, ["resume", "run.jsonl", "-k"]);
      assertEquals([resumed.code, resumed.stdout], [0, "item 1\nitem 2\n"], resumed.stderr);
      const again = await runIn(folder, ["resume", "run.jsonl"]);
      assertEquals([again.code, again.stdout], [0, ""], "not twice");
    });
  });

  Deno.test(`a resume without output says what an earlier run owes, exits with 1, and tells a hook so: ${what}`, async () => {
    await withFolder(async (folder) => {
      await owing(folder, job, word);
      for (const _time of [1, 2]) {
        const hook = 'echo "$EXECUTOR_STATUS $EXECUTOR_EXIT_CODE" >told';
        const { code, stderr } = await runIn(folder, ["resume", "run.jsonl", "--on-end", hook]);
        assertEquals([code, Deno.readTextFileSync(`${folder}/told`)], [1, "failed 1\n"]);
        assertStringIncludes(stderr, "could not write: 2; resume with the same output to get it");
      }
    });
  });
}

Deno.test("results that are gone are made again, though the last run kept none", async () => {
  await withFolder(async (folder) => {
    const args = ["run", "-n", "3", "-c", "1", ...QUIET, "--resume"];
    const command = ["--", "sh", "-c", "echo $0", "{start}"];
    assertEquals((await runIn(folder, [...args, "--results", "out", ...command])).code, 0);
    assertEquals((await runIn(folder, [...args, ...command])).code, 0);
    Deno.removeSync(`${folder}/out/range-00001`, { recursive: true });
    assertEquals((await runIn(folder, ["resume", "run.jsonl", "--results", "out"])).code, 0);
    assertEquals(Deno.readTextFileSync(`${folder}/out/range-00001/stdout`), "1\n");
    assertEquals(eventsIn(`${folder}/run.jsonl`, "attempt-started").length, 4);
  });
});

/** Returns the exit and the stdout of each range whose results are complete, sorted. */
function completeResults(directory: string): string[] {
  return Array.from(Deno.readDirSync(directory), ({ name }) => `${directory}/${name}`)
    .filter((range) => isThere(`${range}/exit`))
    .map((range) =>
      ["exit", "stdout"].map((name) => Deno.readTextFileSync(`${range}/${name}`)).join("")
    )
    .toSorted();
}

// Range 1 had failed, and its results say so: `1`.
const CUT_OFF: [what: string, job: string[], word: string, resume: string[], expected: string[]][] =
  [
    ["strings", ["--items", "list"], "{item}", [], ["0\n0\n", "0\n1\n", "0\n2\n", "1\n"]],
    ["numbers in other ranges", ["-n", "3", "-c", "1"], "{start}", ["-c", "2"], [
      "0\n0\n",
      "0\n1\n",
      "1\n",
    ]],
  ];

for (const [what, job, word, resume, expected] of CUT_OFF) {
  Deno.test(`what a kill between results and journal leaves is not there twice: ${what}`, async () => {
    await withFolder(async (folder) => {
      Deno.writeTextFileSync(`${folder}/list`, "0\n1\n2\n");
      const args = ["run", ...job, "-w", "1", ...QUIET, "--results", "out", "--"];
      const script = "[ $0 != 1 ] || [ -e go ] || exit 1; echo $0";
      const first = await runIn(folder, [...args, "sh", "-c", script, word]);
      assertEquals(first.code, 1, first.stderr);
      const path = `${folder}/run.jsonl`;
      const lines = Deno.readTextFileSync(path).split("\n");
      const cut = lines.findIndex((line) =>
        line.includes('"attempt-ended"') && line.includes('"range":2')
      );
      Deno.writeTextFileSync(path, lines.slice(0, cut).map((line) => `${line}\n`).join(""));
      Deno.writeTextFileSync(`${folder}/go`, "");
      await runIn(folder, ["resume", path, "--dry-run"]);
      assertEquals(completeResults(`${folder}/out`), ["0\n0\n", "0\n2\n", "1\n"]);
      const { code, stderr } = await runIn(folder, ["resume", path, ...resume]);
      assertEquals(code, 0, stderr);
      assertEquals(completeResults(`${folder}/out`), expected);
    });
  });
}

const PARTLY_DONE: [what: string, change: string, resume: string[]][] = [
  ["it is given another directory", ":", ["--results", "other"]],
  ["it splits what is not done anew", ":", ["-c", "1"]],
  ["its results are gone", "rm -r out/range-00000", []],
  ["its results are gone, and it splits the rest anew", "rm -r out/range-00000", ["-c", "1"]],
];

for (const [why, change, resume] of PARTLY_DONE) {
  Deno.test(`a range of a job with results is begun anew, though half of it is done, if ${why}`, async () => {
    await withFolder(async (folder) => {
      const script = "seq $0 $(($1 - 1)); [ -e go ] || { echo PROGRESS: 2; exit 1; }";
      const options = ["-n", "4", "-c", "4", "--retry-from", "checkpoint", "--results", "out"];
      const job = ["run", ...options, ...QUIET, "--", "sh", "-c", script, "{start}", "{end}"];
      assertEquals((await runIn(folder, job)).code, 1);
      await new Deno.Command("sh", { args: ["-c", `touch go; ${change}`], cwd: folder }).output();
      const { code, stderr } = await runIn(folder, ["resume", "run.jsonl", ...resume]);
      assertEquals(code, 0, stderr);
      const [results] = resume.includes("--results") ? ["other"] : ["out"];
      const complete = completeResults(`${folder}/${results}`).filter((text) => text[0] === "0");
      assertEquals(complete.map((text) => text.slice(2)).join(""), "0\n1\n2\n3\n");
      const attempts = eventsIn(`${folder}/run.jsonl`, "attempt-started").length;
      assertEquals((await runIn(folder, ["resume", "run.jsonl"])).code, 0);
      assertEquals(eventsIn(`${folder}/run.jsonl`, "attempt-started").length, attempts);
    });
  });
}

for (const resume of [[], ["-c", "1"], ["--results", "other"]]) {
  Deno.test(`results that are gone are made again from the first item on, though two runs have made them: ${resume}`, async () => {
    await withFolder(async (folder) => {
      const script =
        "[ $0 != 0 ] || [ -e go ] || { seq 0 1; echo PROGRESS: 2; exit 1; }; seq $0 $(($1 - 1))";
      const options = ["-n", "4", "-c", "4", "--retry-from", "checkpoint", "--results", "out"];
      const job = ["run", ...options, ...QUIET, "--", "sh", "-c", script, "{start}", "{end}"];
      assertEquals((await runIn(folder, job)).code, 1);
      assertEquals((await runIn(folder, ["resume", "run.jsonl"])).code, 0);
      assertEquals(completeResults(`${folder}/out`), ["0\n0\n1\n2\n3\n"]);
      await Deno.remove(`${folder}/out/range-00000`, { recursive: true });
      Deno.writeTextFileSync(`${folder}/go`, "");
      assertEquals((await runIn(folder, ["resume", "run.jsonl", ...resume])).code, 0);
      const [results] = resume.includes("--results") ? ["other"] : ["out"];
      const complete = completeResults(`${folder}/${results}`).map((text) => text.slice(2));
      assertEquals(complete.join(""), "0\n1\n2\n3\n");
    });
  });
}

Deno.test("a range that has lost its output begins anew in later runs, whatever earlier ones have done", async () => {
  await withFolder(async (folder) => {
    // The first attempt does `0`. The second one goes on at 1, and empties the file of its results. Others are right.
    const stdout = "out/range-00000/stdout";
    const script = `n=$(ls | grep -c try-); touch "try-$n"
      case $n in 0) echo 0; echo PROGRESS: 1; exit 1 ;;
        1) echo 1; until grep -q 1 ${stdout}; do sleep 0.01; done; : >${stdout}; exit 0 ;; esac
      seq $0 3`;
    const options = ["-n", "4", "-c", "4", "--retry-from", "checkpoint", "--results", "out"];
    const job = ["run", ...options, ...QUIET, "--", "sh", "-c", script, "{start}"];
    await runIn(folder, job);
    assertEquals((await runIn(folder, ["resume", "run.jsonl"])).code, 1);
    const [, second] = eventsIn(`${folder}/run.jsonl`, "range-ended");
    assertEquals([second?.cause?.kind, second?.nextIndex], ["output-lost", 0]);
    assertEquals((await runIn(folder, ["resume", "run.jsonl"])).code, 0);
    assertEquals(completeResults(`${folder}/out`), ["0\n0\n1\n2\n3\n"]);
  });
});

Deno.test("what was done of a range, and was begun anew, does not count in a later run", async () => {
  await withFolder(async (folder) => {
    // The first process does `a`, and not `b`. Later, the one with `c` fails twice.
    const script = `n=$(ls | grep -c try-); touch "try-$n"
      case $n in 0) echo PROGRESS: 1; exit 1 ;; 1|3) exit 1 ;; esac`;
    const options = ["--retry-from", "checkpoint", "--per-process", "2", "--results", "out"];
    const job = ["run", "-w", "1", ...options, ...QUIET, "--", "sh", "-c", script, "sh", "{items}"];
    await runIn(folder, [...job, ":::", "a", "b", "a", "c"]);
    await runIn(folder, ["resume", "run.jsonl", "--results", "other"]);
    assertEquals(eventsIn(`${folder}/run.jsonl`, "run-started").at(-1)?.redone, [0]);
    assertEquals((await runIn(folder, ["resume", "run.jsonl", "--results", "out"])).code, 0);
    const last = eventsIn(`${folder}/run.jsonl`, "attempt-started").at(-1);
    assertEquals(last?.items, ["a", "c"]);
  });
});

Deno.test("results of items that are gone are made again in another directory", async () => {
  await withFolder(async (folder) => {
    const script = "[ $0 != 2 ] || [ -e go ] || exit 1; echo $0";
    const args = ["run", "-n", "3", "-c", "1", "-w", "1", ...QUIET, "--results", "out", "--"];
    await runIn(folder, [...args, "sh", "-c", script, "{start}"]);
    Deno.writeTextFileSync(`${folder}/go`, "");
    Deno.removeSync(`${folder}/out/range-00000/exit`);
    const { code, stderr } = await runIn(folder, ["resume", "run.jsonl", "--results", "other"]);
    assertEquals(code, 0, stderr);
    assertStringIncludes(stderr, `kept in ${Deno.realPathSync(`${folder}/out`)}: 1;`);
    assertEquals(completeResults(`${folder}/other`), ["0\n0\n", "0\n2\n"]);
  });
});

Deno.test("results of ranges that the journal does not have are not there twice", async () => {
  await withFolder(async (folder) => {
    const args = ["run", "-w", "1", ...QUIET, "--results", "out", "--", "echo", "{items}"];
    assertEquals((await runIn(folder, [...args, ":::", "a", "b", "c", "d"])).code, 0);
    // As if the disk of the journal had been full after the first range.
    const path = `${folder}/run.jsonl`;
    const lines = Deno.readTextFileSync(path).split("\n");
    const end = lines.findIndex((line) => line.includes('"range-ended"'));
    Deno.writeTextFileSync(path, `${lines.slice(0, end + 1).join("\n")}\n`);
    const { code, stderr } = await runIn(folder, ["resume", path, "--per-process", "3"]);
    assertEquals(code, 0, stderr);
    assertEquals(completeResults(`${folder}/out`), ["0\na\n", "0\nb c d\n"]);
  });
});

Deno.test("results of items that are run again, as their output was lost, are there once", async () => {
  await withFolder(async (folder) => {
    const args = ["run", "-w", "1", ...QUIET, "--results", "out", "-k"];
    const line = cliCommandLine([...args, "--", "echo", "{}", ":::", "a", "b"]);
    const shell = `${shellLine([line.command, ...line.args])} >/dev/full`;
    await new Deno.Command("sh", { args: ["-c", shell], cwd: folder, stderr: "null" }).output();
    const { code, stderr } = await runIn(folder, ["resume", "run.jsonl", "--output", "none"]);
    assertEquals(code, 0, stderr);
    assertEquals(completeResults(`${folder}/out`), ["0\na\n", "0\nb\n"]);
  });
});

Deno.test("output that is owed is written, though the first item of its range is not in the list any more", async () => {
  await withFolder(async (folder) => {
    Deno.writeTextFileSync(`${folder}/list`, "a\nb\nc\nd\n");
    const script = `[ $1 != a ] || [ -e ${folder}/go ] || exec sleep 60; echo "$@"`;
    const args = ["run", "-w", "2", ...QUIET, "--results", "out", "-k", "--per-process", "2"];
    const job = [...args, "--items", "list", "--", "sh", "-c", script, "sh", "{items}"];
    await killAfter(1, cliCommand(job, { cwd: folder }), folder);
    Deno.writeTextFileSync(`${folder}/list`, "a\nb\nd\n");
    const { code, stdout, stderr } = await runIn(folder, ["resume", "run.jsonl"]);
    assertEquals([code, stdout], [0, "a b\nc d\n"], stderr);
    assertEquals((await runIn(folder, ["resume", "run.jsonl"])).stdout, "");
  });
});

const TOLD = "whose items are not in the list any more: 2; resume with all items";
const RESULTS = ["--results", "out"];
const SHORTER: [what: string, options: string[], list: string, stdout: string, warning: string][] =
  [
    ["it is written from the results", RESULTS, "0\n", "0\n1\n2\n", ""],
    ["it is written, though there are no items", RESULTS, "", "1\n2\n", ""],
    ["it is told", [], "0\n", "0\n", TOLD],
    ["it is told, though there are no items", [], "", "", TOLD],
  ];

for (const [what, options, list, stdout, warning] of SHORTER) {
  Deno.test(`output that is owed, of items that are not in the list any more: ${what}`, async () => {
    await withFolder(async (folder) => {
      Deno.writeTextFileSync(`${folder}/list`, "0\n1\n2\n");
      const script = `[ $0 != 0 ] || [ -e ${folder}/go ] || exec sleep 60; echo "$0"`;
      const args = ["run", "-w", "3", ...QUIET, ...options, "-k", "--items", "list"];
      const job = cliCommand([...args, "--", "sh", "-c", script, "{}"], { cwd: folder });
      await killAfter(2, job, folder);
      Deno.writeTextFileSync(`${folder}/list`, list);
      const resumed = await runIn(folder, ["resume", "run.jsonl"]);
      assertEquals([resumed.code, sorted(resumed.stdout)], [0, stdout], resumed.stderr);
      const again = await runIn(folder, ["resume", "run.jsonl"]);
      assertEquals([again.code, again.stdout], [0, ""], again.stderr);
      for (const { stderr } of [resumed, again]) assertStringIncludes(stderr, warning);
      Deno.writeTextFileSync(`${folder}/list`, "0\n1\n2\n");
      const all = await runIn(folder, ["resume", "run.jsonl"]);
      assertEquals([all.code, sorted(all.stdout + stdout)], [0, "0\n1\n2\n"], all.stderr);
    });
  });
}

/** Returns lines in their order. */
function sorted(text: string): string {
  return text.split(/(?<=\n)/).toSorted().join("");
}

Deno.test("of items that were done in part when the executor was killed, complete results have all", async () => {
  await withFolder(async (folder) => {
    const script = `n=0; for item in "$@"; do
        [ $n != 2 ] || [ -e go ] || { touch begun; exec sleep 60; }
        echo $item; n=$((n + 1)); echo PROGRESS: $n; done`;
    const options = ["--retry-from", "checkpoint", "--per-process", "4", "--results", "out"];
    const job = ["run", "-w", "1", ...QUIET, ...options, "--", "sh", "-c", script, folder];
    const child = cliCommand([...job, "{items}", ":::", "a", "b", "c", "d"], { cwd: folder })
      .spawn();
    const isReached = () => eventsIn(`${folder}/run.jsonl`, "progress").at(-1)?.done === 2;
    await until(() => isThere(`${folder}/begun`) && isReached(), "it has done two");
    child.kill("SIGKILL");
    await Promise.all([child.status, child.stdout.cancel(), child.stderr.cancel()]);
    Deno.writeTextFileSync(`${folder}/go`, "");
    for (const _time of [1, 2]) {
      assertEquals((await runIn(folder, ["resume", "run.jsonl"])).code, 0);
      assertEquals(completeResults(`${folder}/out`), ["0\nc\nd\n", "stopped\na\nb\n"]);
    }
  });
});

Deno.test("items that are done in part keep their results", async () => {
  await withFolder(async (folder) => {
    const script =
      'for item in "$@"; do echo "$item"; done; [ -e go ] && exit; echo PROGRESS: 2; exit 1';
    const options = ["--retry-from", "checkpoint", "--per-process", "3", "--results", "out"];
    const args = [
      "run",
      "-w",
      "1",
      ...QUIET,
      ...options,
      "--",
      "sh",
      "-c",
      script,
      "sh",
      "{items}",
    ];
    await runIn(folder, [...args, ":::", "a", "b", "c"]);
    Deno.writeTextFileSync(`${folder}/go`, "");
    const { code, stderr } = await runIn(folder, ["resume", "run.jsonl"]);
    assertEquals(code, 0, stderr);
    assertEquals(completeResults(`${folder}/out`), ["0\nc\n", "1\na\nb\nc\n"]);
  });
});

Deno.test("of an item that is there twice, each time counts for itself, though results were lost", async () => {
  await withFolder(async (folder) => {
    // The second and the fourth process fail.
    const script = 'n=$(ls | grep -c try-); touch "try-$n"; case $n in 1|3) exit 1 ;; esac';
    const args = ["run", "-w", "1", ...QUIET, "--results", "out", "--", "sh", "-c", script, "{}"];
    const first = await runIn(folder, [...args, ":::", "a", "a"]);
    assertEquals(first.code, 1, first.stderr);
    Deno.removeSync(`${folder}/out/range-00000`, { recursive: true });
    // The first time succeeds again, and the second one fails again.
    assertEquals((await runIn(folder, ["resume", "run.jsonl"])).code, 1);
    assertEquals(eventsIn(`${folder}/run.jsonl`, "run-started").at(-1)?.redone, [0]);
    // Where results are kept does not matter: one time is left to do.
    const last = await runIn(folder, ["resume", "run.jsonl", "--results", "other"]);
    assertEquals(last.code, 0, last.stderr);
    assertEquals(eventsIn(`${folder}/run.jsonl`, "attempt-started").length, 5);
    assertStringIncludes(last.stderr, "earlier runs have kept in");
    assertStringIncludes(last.stderr, ": 1;");
  });
});
