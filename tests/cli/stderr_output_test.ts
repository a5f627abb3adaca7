// The stderr of workers with --output: on stderr, whole and in order, or line by line.
import { readJournal } from "@lambdawaker/executor/journal";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { cliCommandLine, runBash, runCli } from "../helpers/cli.ts";
import { withFolder } from "../helpers/journal.ts";
import { inTerminal, shellLine } from "../helpers/pty.ts";
import { LINUX, needs, testWith } from "../helpers/needs.ts";

const QUIET = ["--reporter", "quiet"];
const onLinux = needs(LINUX);
const needsScript = needs(LINUX, "script");

testWith(
  "--output ordered prints stderr as parallel -k does, byte for byte",
  needs("parallel"),
  async () => {
    await withFolder(async (folder) => {
      const script = `${folder}/worker.sh`;
      await Deno.writeTextFile(
        script,
        `sleep 0.$((9 - $1)); echo "out $1"; printf 'err \\0\\377\\r%s\\n' $1 >&2; echo "more $1"
       head -c $((30000 * $1)) /dev/zero | tr '\\0' e >&2; printf 'end %s' $1 >&2`,
      );
      const { stdout, stderr } = await runBash(
        `X -n 8 -c 1 -w 8 --output ordered --reporter quiet -- bash ${script} {start} \\
         >${folder}/out 2>${folder}/err
       echo $?; seq 0 7 | parallel -k -j8 bash ${script} >${folder}/out2 2>${folder}/err2
       cmp ${folder}/out ${folder}/out2 && cmp ${folder}/err ${folder}/err2 && stat -c %s ${folder}/err`,
      );
      const [code, size] = stdout.trim().split("\n");
      assertEquals(code, "0", stderr);
      assert(Number(size) > 800_000, `${stdout} ${stderr}`);
    });
  },
);

Deno.test("with both streams in one file, each range has its stdout and then its stderr", async () => {
  const { code, stdout } = await runBash(
    `X -n 5 -c 1 -w 5 --output ordered ${QUIET.join(" ")} -- sh -c \\
      'echo "err $0" >&2; sleep 0.$((5 - $0)); echo "out $0"; echo "more $0" >&2' {start} 2>&1`,
  );
  const all = [0, 1, 2, 3, 4].map((n) => `out ${n}\nerr ${n}\nmore ${n}\n`);
  assertEquals([code, stdout], [0, all.join("")]);
});

Deno.test("--output live prints each line of stderr at once, with the tag of its range", async () => {
  const { code, stdout, stderr } = await runBash(
    `X --output live ${QUIET.join(" ")} -- sh -c \\
      'echo out; echo one >&2; printf "10%%\\r20%%\\rdone\\n" >&2; printf two >&2' sh ::: a`,
  );
  assertEquals([code, stdout, stderr], [0, "a\tout\n", "a\tone\na\tdone\na\ttwo\n"]);
  await withFolder(async (folder) => {
    const { code, stderr } = await runBash(
      `X -n 1 --output live ${QUIET.join(" ")} -- sh -c \\
        'echo early >&2; until grep -q early ${folder}/err; do sleep 0.02; done; echo late >&2' \\
        2>${folder}/err; echo $? >&2; cat ${folder}/err >&2`,
    );
    assertEquals([code, stderr], [0, "0\nrange 0: early\nrange 0: late\n"]);
  });
});

Deno.test("the stderr of a worker that fails is printed, however it fails", async () => {
  const ways = ["exit 3", "kill -9 $$", "exec sleep 60", "echo STATUS: CRASHED"];
  for (const mode of ["ordered", "live"]) {
    for (const way of ways) {
      // A process may take its time to start.
      const limit = way.includes("sleep") ? ["--stall-timeout", "1s"] : [];
      const { code, stdout, stderr } = await runCli(
        ["run", "-n", "1", ...limit, "--output", mode, ...QUIET, "--", "sh", "-c"]
          .concat(`echo why >&2; echo out; ${way}`),
      );
      assertEquals(code, 1);
      assertMatch(stdout, /^(range 0: )?out\n$/);
      assertMatch(stderr, /^(range 0: )?why\n/, `${mode} ${way}`);
    }
  }
});

Deno.test("without --output, stderr is not passed on", async () => {
  const { code, stderr } = await runCli([
    "run",
    "-n",
    "1",
    ...QUIET,
    "--",
    "sh",
    "-c",
    "echo e >&2",
  ]);
  assertEquals([code, stderr], [0, ""]);
});

Deno.test("of a range that is tried again, the stderr of the last attempt is printed", async () => {
  await withFolder(async (folder) => {
    const worker =
      `echo "$EXECUTOR_ATTEMPT $0" >&2; [ -e ${folder}/$0 ] || { touch ${folder}/$0; exit 1; }`;
    for (const [mode, expected] of [["ordered", "2 a\n"], ["live", "a\t1 b\na\t2 b\n"]] as const) {
      const name = mode === "ordered" ? "a" : "b";
      const { stderr } = await runCli(
        ["run", "-r", "1", "--retry-delay", "10ms", "--output", mode, ...QUIET, "--", "sh", "-c"]
          .concat([worker, name, ":::", "a"]),
      );
      assertEquals(stderr, expected);
    }
  });
});

Deno.test("a pattern's lines on stderr are no output", async () => {
  const worker = `printf "10%%\\r50%%\\r100%%\\n" >&2; echo a warning >&2`;
  const { stderr } = await runCli(
    ["run", "-n", "1", "--output", "ordered", ...QUIET, "--progress-pattern", "(?<percent>\\d+)%"]
      .concat(["--", "sh", "-c", worker]),
  );
  assertEquals(stderr, "a warning\n");
});

for (const mode of ["ordered", "live"]) {
  for (const reporter of ["quiet", "grid"]) {
    testWith(
      `--output ${mode} --reporter ${reporter}: stderr that cannot be written is lost output`,
      onLinux,
      async () => {
        await withFolder(async (folder) => {
          const { code, stdout } = await runBash(
            `X -n 3 -c 1 -w 1 --journal ${folder}/j --output ${mode} --reporter ${reporter} -- sh -c \\
              'echo "out $0"; [ $0 != 1 ] || { echo lost >&2; sleep 0.3; }' {start} 2>/dev/full`,
          );
          assertEquals(code, 1);
          assertMatch(stdout, /out 0\n[^]*out 2\n/, "stdout goes on");
          const failed = Array.from(readJournal(`${folder}/j`)).filter((event) =>
            event.kind === "output-lost" ||
            event.kind === "range-ended" && event.status === "CRASHED"
          );
          assertEquals(failed.map((event) => "range" in event && event.range), [1]);
          assertMatch(JSON.stringify(failed), /"output-lost".*No space left/);
        });
      },
    );
  }

  Deno.test(`--output ${mode}: a reader of stderr that goes away ends nothing`, async () => {
    const { code, stdout } = await runBash(
      `X -n 4 -c 1 -w 2 --output ${mode} ${QUIET.join(" ")} -- sh -c \\
        'seq 1 100000 >&2; echo out' {start} 2> >(head -n 1 >/dev/null)`,
    );
    assertEquals([code, stdout.match(/out\n/g)?.length], [0, 4]);
  });

  Deno.test(`--output ${mode}: closed stderr ends nothing`, async () => {
    const { code, stdout } = await runBash(
      `X -n 2 -c 1 --output ${mode} ${QUIET.join(" ")} -- sh -c 'echo e >&2; echo out' 2>&-`,
    );
    assertEquals([code, stdout.match(/out\n/g)?.length], [0, 2]);
  });

  Deno.test(`--output ${mode}: stderr is printed though the reader of stdout is gone`, async () => {
    const { stdout } = await runBash(
      `{ X -n 1 --output ${mode} ${QUIET.join(" ")} -- sh -c \\
         'seq 1 100000; echo "err $0" >&2' {start} 2>&3 | true; } 3>&1`,
    );
    assertEquals(stdout.match(/err \d/g), ["err 0"]);
  });

  testWith(
    `--output ${mode}: a terminal gets stderr without control sequences`,
    needsScript,
    async () => {
      const worker = String
        .raw`printf 'a\033]52;c;ZXZpbA==\007b\033[6nc\n' >&2; printf 'one' >&2; echo two`;
      for (const reporter of ["quiet", "plain", "grid"]) {
        const line = cliCommandLine(
          [
            "run",
            "--output",
            mode,
            "--reporter",
            reporter,
            "--",
            "sh",
            "-c",
            worker,
            "sh",
            ":::",
            "x",
          ],
        );
        const text = await inTerminal(shellLine([line.command, ...line.args]));
        assertStringIncludes(text, "abc");
        assertStringIncludes(text, "one");
        assertStringIncludes(text, "two");
        assert(!text.includes("52;c") && !text.includes("\x1b[6n"), JSON.stringify(text));
      }
    },
  );
}

testWith(
  "a grid on stderr prints stderr above it, line by line, while stdout is a file",
  needsScript,
  async () => {
    await withFolder(async (folder) => {
      const worker = `printf "begin $0 " >&2; sleep 0.2; echo "end $0" >&2; echo "out $0"`;
      const line = cliCommandLine(
        ["run", "-w", "4", "-n", "4", "-c", "1", "--output", "live", "--reporter", "grid", "--"]
          .concat(["sh", "-c", worker, "{start}"]),
      );
      const text = await inTerminal(`${shellLine([line.command, ...line.args])} >${folder}/out`);
      for (const n of [0, 1, 2, 3]) assertStringIncludes(text, `range ${n}: begin ${n} end ${n}`);
      const out = Deno.readTextFileSync(`${folder}/out`).trim().split("\n").sort();
      assertEquals(out, [0, 1, 2, 3].map((n) => `range ${n}: out ${n}`));
    });
  },
);

testWith("a hundred megabytes of stderr wait on disk, not in memory", onLinux, async () => {
  await withFolder(async (folder) => {
    const { stdout } = await runBash(
      `X -n 3 -c 1 -w 3 --output ordered ${QUIET.join(" ")} -- sh -c \\
        '[ $0 != 0 ] || until [ -e ${folder}/2 ]; do sleep 0.1; done
         head -c 33000000 /dev/zero | tr "\\0" "$0" | fold -w 99 >&2; touch ${folder}/$0' {start} \\
        2> >(sort -u | cut -c 1-3 >${folder}/seen; touch ${folder}/done) &
       pid=$!; top=0
       while kill -0 $pid 2>/dev/null; do
         rss=$(ps -o rss= --ppid $pid | sort -n | tail -n 1); [ "\${rss:-0}" -le $top ] || top=$rss
         sleep 0.1
       done; wait $pid; code=$?
       until [ -e ${folder}/done ]; do sleep 0.1; done; echo $code $top; cat ${folder}/seen`,
    );
    const [first, ...seen] = stdout.trim().split("\n");
    const [code, top] = first!.split(" ").map(Number);
    assertEquals([code, [...new Set(seen)]], [0, ["000", "111", "222"]]);
    assert(top! < 400_000, `${top} KiB`);
  });
});

testWith(
  "what a killed run has not printed of stderr is printed from its results",
  onLinux,
  async () => {
    await withFolder(async (folder) => {
      const worker =
        `echo "out $0"; echo "err $0" >&2; [ $0 != 0 ] || [ -e ${folder}/go ] || kill -9 $PPID`;
      const args =
        `-n 3 -c 1 -w 1 --journal ${folder}/j --resume --results ${folder}/r --output ordered`;
      const { stdout } = await runBash(
        `X ${args} ${
          QUIET.join(" ")
        } -- sh -c '[ $0 != 2 ] || sleep 0.2; ${worker}' {start} >${folder}/o 2>${folder}/e
       touch ${folder}/go; X ${args} ${
          QUIET.join(" ")
        } -- sh -c '[ $0 != 2 ] || sleep 0.2; ${worker}' {start} 2>&1`,
      );
      assertEquals(stdout, "out 0\nerr 0\nout 1\nerr 1\nout 2\nerr 2\n");
    });
  },
);

for (const mode of ["ordered", "live"]) {
  Deno.test(`--output ${mode}: no line of a reporter stands inside of a line of a worker`, async () => {
    await withFolder(async (folder) => {
      const { code } = await runBash(
        `X -n 40 -c 1 -w 4 --output ${mode} --show-log --reporter plain -- sh -c \\
          'yes "abcdefghijklmnopqrstuvwxyz $0 ABCDEFGHIJKLMNOPQRSTUVWXYZ" | head -n 8000 >&2' {start} \\
          2>${folder}/log`,
      );
      assertEquals(code, 0);
      const lines = Deno.readTextFileSync(`${folder}/log`).split("\n").filter((line) =>
        !/^(range \d+: )?abcdefghijklmnopqrstuvwxyz \d+ ABCDEFGHIJKLMNOPQRSTUVWXYZ$/.test(line)
      );
      for (const line of lines) assert(!/[a-z]{10}|[A-Z]{10}/.test(line), line);
    });
  });
}
