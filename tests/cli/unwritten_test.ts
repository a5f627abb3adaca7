// Files that a run promises, and cannot write: each is a warning, at once and in the summary, and the exit code is 1.
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { cliCommand, runBash, runCli } from "../helpers/cli.ts";
import { withFolder } from "../helpers/journal.ts";
import { LINUX, MOUNT, needs, testWith } from "../helpers/needs.ts";
import { preload } from "../helpers/preload.ts";
import { fillDisk, withSmallDisk } from "../helpers/small_disk.ts";

const onLinux = needs(LINUX);

/** Options that promise a file, a script of the worker that keeps it from being written, and the warning. */
const UNWRITTEN: [title: string, options: string, script: string, words: RegExp][] = [
  [
    "a report whose directory is removed",
    "--report sub/r.html",
    "rm -r sub",
    /the report sub\/r\.html cannot be written: No such file/,
  ],
  [
    "a report with a directory in its place",
    "--report sub/r.html",
    "mkdir -p sub/r.html/x",
    /the report sub\/r\.html cannot be written: /,
  ],
  [
    "events that are removed",
    "--events sub/e",
    "rm -r sub",
    /the events sub\/e cannot be written: sub\/e was removed or replaced during the run/,
  ],
  [
    "events that are replaced",
    "--events sub/e",
    "mv sub/e x; touch sub/e",
    /the events sub\/e cannot be written: sub\/e was removed or replaced during the run/,
  ],
  [
    "a log that is removed",
    "--log-dir sub",
    "rm -r sub",
    /the log sub\/range-0000\d.attempt-1.log cannot be written, the work goes on: /,
  ],
  [
    "a log that is cut",
    "--log-dir sub",
    "echo said; until [ -s sub/range-00000.attempt-1.log ]; do sleep 0.01; done; : >sub/range-00000.attempt-1.log",
    /the log sub\/range-00000.attempt-1.log cannot be written, the work goes on: .* was cut short by another program/,
  ],
  [
    "a log with a directory in its place",
    "--log-dir sub",
    "mkdir -p sub/range-00001.attempt-1.log",
    /the log sub\/range-00001.attempt-1.log cannot be written, the work goes on: .* is in the way/,
  ],
];

/** Functions that sync files, but for those in a folder `full`. */
const FULL_WHEN_SYNCED = `
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
static int sync_it(int file, const char *name) {
  char link[64], path[4096];
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  ssize_t length = readlink(link, path, sizeof path - 1);
  path[length < 0 ? 0 : length] = 0;
  if (strstr(path, "/full/")) return errno = EDQUOT, -1;
  return ((int (*)(int))dlsym(RTLD_NEXT, name))(file);
}
int fsync(int file) { return sync_it(file, "fsync"); }
int fdatasync(int file) { return sync_it(file, "fdatasync"); }
`;

for (const [title, options, script, words] of UNWRITTEN) {
  for (const reporter of ["quiet", "plain"]) {
    Deno.test(`${title}: a warning, and exit code 1 (${reporter})`, async () => {
      await withFolder(async (folder) => {
        const { code, stdout, stderr } = await runBash(
          `cd ${folder}; mkdir sub; X -n 2 -c 1 -w 1 --reporter ${reporter} ${options} -- sh -c '[ $0 = 0 ] && { ${script}; }; echo done >>ran' {start}`,
        );
        assertEquals(code, 1, stderr);
        assertMatch(reporter === "quiet" ? stderr : stdout, words);
        if (reporter === "plain") assertMatch(stdout.slice(stdout.indexOf("\n\n")), words);
        assertEquals(await Deno.readTextFile(`${folder}/ran`), "done\ndone\n");
      });
    });
  }
}

for (const option of ["report", "events", "joblog"]) {
  testWith(
    `--${option} on a file system that tells only when it is synced that it has no room`,
    needs(LINUX, "gcc"),
    async () => {
      await withFolder(async (folder) => {
        await Deno.mkdir(`${folder}/full`);
        const { code, stderr } = await runCli(
          [
            "run",
            "-n",
            "1",
            "--reporter",
            "quiet",
            `--${option}`,
            `${folder}/full/x`,
            "--",
            "true",
          ],
          { env: preload(folder, FULL_WHEN_SYNCED) },
        );
        assertEquals(code, 1);
        assertMatch(stderr, /\/full\/x cannot be written: Disk quota exceeded/);
      });
    },
  );
}

testWith(
  "events on a full disk are told at the next event, and make the exit code 1",
  needs(MOUNT),
  async () => {
    await withSmallDisk("64k", async (folder) => {
      const { code, stderr } = await runBash(
        `cd ${folder}; X -n 300 -c 1 --reporter quiet --events e -- sh -c 'head -c 2000 /dev/zero | tr "\\0" x'`,
      );
      assertEquals(code, 1);
      assertMatch(
        stderr,
        /^executor: EventsFile failed, .*the events e cannot be written: No space/,
      );
    });
  },
);

testWith(
  "a journal that has nothing of the run, as its disk was full from the start, is named by no command",
  needs(MOUNT),
  async () => {
    await withSmallDisk("64k", async (folder) => {
      fillDisk(folder);
      const { code, stdout } = await runBash(`cd ${folder}; X --journal j -- false ::: a b`);
      assertEquals(code, 1);
      assertStringIncludes(stdout, "the journal j lacks ranges that have ended");
      assertEquals(stdout.match(/resume j/), null);
    });
  },
);

testWith("events on a full stdout make the exit code 1", onLinux, async () => {
  const { code, stderr } = await runBash(`X -n 2 --reporter jsonl -- true >/dev/full`);
  assertEquals(code, 1);
  assertStringIncludes(stderr, "No space left on device");
});

/** Commands, and what they say of a stdout on a full disk. */
const FULL: [command: string, said: RegExp, code: number][] = [
  ["run --help", /^executor: stdout cannot be written: No space left [^\n]*\n$/, 1],
  ["man", /^executor: stdout cannot be written: No space left [^\n]*\n$/, 1],
  ["completions bash", /^executor: stdout cannot be written: No space left [^\n]*\n$/, 1],
  ["sdk python", /^executor: stdout cannot be written: No space left [^\n]*\n$/, 1],
  ["--version", /^executor: stdout cannot be written: No space left [^\n]*\n$/, 1],
  ["report j", /^executor: stdout cannot be written: No space left [^\n]*\n$/, 1],
  ["report j --format tsv", /^executor: stdout cannot be written: No space left [^\n]*\n$/, 1],
  [
    "doctor --no-stop-test -n 4 -- sh -c 'echo PROGRESS: 2'",
    /stdout cannot be written: No space/,
    1,
  ],
  [
    "run --dry-run -n 2 -c 1 -- true",
    /^executor: the commands cannot be written: No space left/,
    1,
  ],
  // The progress that is lost is no work that is lost.
  [
    "run -n 2 -c 1 -- true",
    /^executor: PlainReporter failed.*: stdout cannot be written: No sp/,
    0,
  ],
  [
    "run -n 2 -c 1 --reporter grid -- true",
    /^executor: AnsiReporter failed: stdout cannot be written: No space left [^\n]*\n$/,
    0,
  ],
  [
    "report j -o /dev/full",
    /^executor: the report \/dev\/full cannot be written: No space left [^\n]*\n$/,
    1,
  ],
  ["run -n 2 -c 1 -k -- echo a", /warning: the output of a worker cannot be kept: No space/, 1],
];

for (const [command, said, wanted] of FULL) {
  testWith(`executor ${command}: a stdout on a full disk is told`, onLinux, async () => {
    await withFolder(async (folder) => {
      const args = ["run", "-n", "1", "--journal", `${folder}/j`, "--reporter", "quiet"];
      assertEquals((await runCli([...args, "--", "true"])).code, 0);
      const { code, stderr } = await runBash(`cd ${folder}; E ${command} >/dev/full`);
      assertMatch(stderr, said);
      assertEquals(code, wanted);
    });
  });
}

Deno.test("without a folder for temporary files, output that has no room in memory is lost, and it says why", async () => {
  const { code, stderr } = await runBash(
    `export TMPDIR=/no/such; X -n 2 -c 1 -w 2 -k --reporter quiet -- sh -c 'head -c 20000000 /dev/zero' | wc -c; exit \${PIPESTATUS[0]}`,
  );
  assertEquals(code, 1);
  assertMatch(stderr, /output lost: no temporary file can be made in TMPDIR, \/no\/such: No such/);
});

Deno.test("events whose reader leaves, or whose file is cut, are a warning and exit code 1", async () => {
  await withFolder(async (folder) => {
    await new Deno.Command("mkfifo", { args: [`${folder}/pipe`] }).output();
    const reader = new Deno.Command("head", { args: ["-c", "300", `${folder}/pipe`] }).output();
    const left = await runCli([
      ...["run", "-n", "300", "-c", "1", "-w", "2", "--reporter", "quiet"],
      ...["--events", `${folder}/pipe`, "--", "true"],
    ]);
    await reader;
    assertEquals(left.code, 1);
    assertStringIncludes(left.stderr, "cannot be written: its reader has gone");
    const file = `${folder}/events`;
    const cut = await runCli([
      ...["run", "-n", "3", "-c", "1", "-w", "1", "--reporter", "quiet", "--events", file],
      ...["--", "sh", "-c", `[ "$1" != 1 ] || : > ${file}`, "sh", "{start}"],
    ]);
    assertEquals(cut.code, 1);
    assertStringIncludes(cut.stderr, `cannot be written: ${file} was cut short by another program`);
    assertEquals((await Deno.readFile(file)).includes(0), false);
  });
});

for (const option of ["--events", "--joblog"]) {
  Deno.test(`while the run goes on, ${option} says that its file was removed`, async () => {
    await withFolder(async (folder) => {
      const file = `${folder}/file`;
      // Only the warning ends the job.
      const script = "rm $0; until [ -e $0.go ]; do echo tick; sleep 0.05; done";
      const job = ["run", "-n", "1", option, file, "--reporter", "quiet", "--", "sh", "-c", script];
      const child = cliCommand([...job, file], { stdout: "null" }).spawn();
      let said = "";
      for await (const text of child.stderr.pipeThrough(new TextDecoderStream())) {
        said += text;
        if (said.includes("was removed or replaced")) await Deno.writeTextFile(`${file}.go`, "");
      }
      assertEquals((await child.status).code, 1);
      assertStringIncludes(said, `cannot be written: ${file} was removed or replaced`);
    });
  });
}

/** A file that a run writes, what another run would write to it, and a pattern of its lines that there is one of per range. */
const IN_USE: [options: string, others: string, pattern: string][] = [
  ["--events f", "--events f", "range-ended"],
  ["--joblog f", "--joblog f", "until"],
  ["--journal f", "--events f", "range-ended"],
  ["--journal f", "--joblog f", "range-ended"],
];

for (const [options, others, pattern] of IN_USE) {
  testWith(`${others} is refused while another run writes it as ${options}`, onLinux, async () => {
    await withFolder(async (folder) => {
      const { stdout, stderr } = await runBash(
        `cd ${folder}; X -n 3 -c 1 -w 1 --reporter quiet ${options} -- sh -c \\
           'until [ -e go ]; do sleep 0.02; done' & until [ -s f ]; do sleep 0.02; done
         X -n 3 -c 1 --reporter quiet ${others} -- touch ran; echo $?
         touch go; wait $!; echo $?; grep -c ${pattern} f; ls`,
      );
      assertMatch(
        stderr,
        /^executor: --(events|joblog) must be a file that no other run writes at the same time: current value is "f"\n/,
      );
      assertEquals(stdout, "2\n0\n3\nf\ngo\n");
    });
  });
}

Deno.test("a log of jobs and events of a run that is over are emptied and written anew", async () => {
  for (const option of ["--events", "--joblog"]) {
    await withFolder(async (folder) => {
      const run = [
        "run",
        "-n",
        "2",
        "-c",
        "1",
        "-w",
        "1",
        "--reporter",
        "quiet",
        option,
        `${folder}/f`,
      ];
      // Estimates come with time.
      const written = async () => {
        const text = await Deno.readTextFile(`${folder}/f`);
        return text.split("\n").filter((line) => !line.includes('"kind":"estimate"')).length;
      };
      const sizes = [];
      for (let round = 0; round < 2; round++) {
        assertEquals((await runCli([...run, "--", "true"])).code, 0);
        sizes.push(await written());
      }
      assertEquals(sizes[0], sizes[1]);
    });
  }
});
