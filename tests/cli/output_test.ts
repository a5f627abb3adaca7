// stdout of the command with --output, beside GNU parallel where that is there.
import { assert, assertEquals, assertMatch } from "@std/assert";
import { cliCommand, runBash, runCli } from "../helpers/cli.ts";
import { withFolder } from "../helpers/journal.ts";
import { LINUX, needs, testWith } from "../helpers/needs.ts";
import { until } from "../helpers/processes.ts";

const QUIET = ["--reporter", "quiet"];
const onLinux = needs(LINUX);

testWith(
  "--output ordered prints what parallel -k prints, byte for byte",
  needs("parallel"),
  async () => {
    await withFolder(async (folder) => {
      const script = `${folder}/worker.sh`;
      await Deno.writeTextFile(
        script,
        `sleep 0.$((20 - $1)); echo "item $1"; head -c $((20000 * $1)) /dev/urandom >${folder}/$1 2>/dev/null
       [ -e ${folder}/$1.kept ] || cp ${folder}/$1 ${folder}/$1.kept; cat ${folder}/$1.kept
       printf '\\r\\0\\377end %s' $1; [ $(($1 % 3)) = 0 ] || exit 1`,
      );
      const { stdout, stderr } = await runBash(
        `X -n 20 -c 1 -w 10 --output ordered --reporter quiet -- bash ${script} {start} > ${folder}/ours
       echo $?; seq 0 19 | parallel -k -j10 bash ${script} > ${folder}/theirs
       cmp ${folder}/ours ${folder}/theirs && stat -c %s ${folder}/ours`,
      );
      const [code, size] = stdout.trim().split("\n");
      assertEquals(code, "1", stderr);
      assert(Number(size) > 3_800_000, `${stdout} ${stderr}`);
    });
  },
);

testWith(
  "--results holds what parallel --results holds",
  needs("parallel"),
  async () => {
    await withFolder(async (folder) => {
      const worker = `'printf "out \\0\\377 %s" $0; echo "err $0" >&2; exit $0'`;
      const { code, stdout } = await runBash(
        `X -n 5 -c 1 --results ${folder}/ours --reporter quiet -- sh -c ${worker} {start}
       seq 0 4 | parallel -q --results ${folder}/theirs sh -c ${worker} >/dev/null 2>&1
       for i in 0 1 2 3 4; do
         for name in stdout stderr; do
           cmp ${folder}/ours/range-0000$i/$name ${folder}/theirs/1/$i/$name || exit 9
         done
         cat ${folder}/ours/range-0000$i/exit
       done`,
      );
      assertEquals([code, stdout], [0, "0\n1\n2\n3\n4\n"]);
    });
  },
);

Deno.test("with --output, stdout is the workers' alone and the reporter is on stderr", async () => {
  for (const [mode, expected] of [["ordered", "0\n1\n"], ["live", "range 0: 0\nrange 1: 1\n"]]) {
    const args = [
      "run",
      "-n",
      "2",
      "-c",
      "1",
      "-w",
      "1",
      "--output",
      mode!,
      "--",
      "echo",
      "{start}",
    ];
    const { code, stdout, stderr } = await runCli(args);
    assertEquals([code, stdout], [0, expected]);
    assertMatch(stderr, /\[2\/2\] SUCCESS +\d.*  item 1\n[^]*: 2 done of 2 items/);
  }
  const { stdout, stderr } = await runCli([
    "run",
    "-n",
    "1",
    "--output",
    "none",
    "--",
    "echo",
    "said",
  ]);
  assertEquals(stderr, "");
  assertMatch(stdout, /: 1 done of 1 item/);
});

const READER_GONE = /^! stopped, as nobody reads its output any more$/m;

/** Jobs of 20,000 items that print their items, by where these come from. */
const LONG_JOBS: [from: string, script: string][] = [
  ["numbers", "X -n 20000 -c 1"],
  ["a pipe", "seq 20000 | X --items -"],
  ["a file", "X --items list"],
  ["words", "X"],
];

for (const [from, job] of LONG_JOBS) {
  for (const mode of ["ordered", "live"]) {
    Deno.test(`--output ${mode} | head: nothing more is started, and the run says so: ${from}`, async () => {
      await withFolder(async (folder) => {
        const words = from === "words" ? "::: $(seq 20000)" : "";
        const { code, stdout, stderr } = await runBash(
          `cd ${folder}; seq 20000 >list; { ${job} -w 2 --output ${mode} ${
            QUIET.join(" ")
          } -- sh -c 'echo said; echo >>ran' {#} ${words}; echo $? >code; } | head -n 1; exit 0`,
        );
        assertEquals(code, 0);
        assertMatch(stdout, /^(.*\t|range \d+: )?said\n$/);
        assertMatch(stderr, READER_GONE);
        assertMatch(stderr, / \d+ not started of |not all were read/);
        assertEquals(await Deno.readTextFile(`${folder}/code`), "1\n");
        const ran = (await Deno.readTextFile(`${folder}/ran`)).length;
        assert(ran < 2_000, `${ran}`);
      });
    });
  }
}

Deno.test("--output | head: what is running goes on to its end, and a run whose rest is running is whole", async () => {
  for (const mode of ["ordered", "live"]) {
    await withFolder(async (folder) => {
      const worker = `'seq 1 200000; touch ${folder}/$0'`;
      const { code, stdout, stderr } = await runBash(
        `X -n 2 -c 1 -w 2 --output ${mode} ${
          QUIET.join(" ")
        } -- sh -c ${worker} {start} | head -n 1; exit \${PIPESTATUS[0]}`,
      );
      assertEquals([code, stderr], [0, ""]);
      assertMatch(stdout, /^(range [01]: )?1\n$/);
      assertEquals(Array.from(Deno.readDirSync(folder)).length, 2);
    });
  }
});

Deno.test("--output | head: the rest is run by resume", async () => {
  await withFolder(async (folder) => {
    const { stderr } = await runBash(
      `cd ${folder}; X -n 50 -c 1 -w 1 --output live ${
        QUIET.join(" ")
      } --journal j -- sh -c 'echo $0; echo $0 >>ran; sleep 0.1' {start} | head -n 1`,
    );
    assertMatch(stderr, /to run again what was not done: .* resume .*j\n/);
    const { code } = await runCli(["resume", `${folder}/j`, "-w", "8", "--reporter", "quiet"]);
    assertEquals(code, 0);
    const ran = (await Deno.readTextFile(`${folder}/ran`)).trim().split("\n");
    assertEquals(ran.length, 50);
  });
});

testWith(
  "an output that cannot be written is told, and makes the exit code 1",
  onLinux,
  async () => {
    const { code, stderr } = await runBash(
      `X -n 2 -c 1 --output ordered ${QUIET.join(" ")} -- echo said > /dev/full`,
    );
    assertEquals(code, 1);
    assertMatch(
      stderr,
      /^executor: warning: the output of a worker cannot be kept: No space left/,
    );
  },
);

/** Whether the results of a range are whole. */
function hasEnded(folder: string, range: number): boolean {
  try {
    return Deno.statSync(`${folder}/range-0000${range}/exit`).isFile;
  } catch {
    return false;
  }
}

Deno.test("after Ctrl-C, what has ended is printed in order, and nothing of what was stopped", async () => {
  await withFolder(async (folder) => {
    const script = `echo "item $0"; [ $0 = 1 ] || [ $0 = 4 ] && exec sleep 60; exit 0`;
    const args = [
      "run",
      "-n",
      "5",
      "-c",
      "1",
      "-w",
      "3",
      "--output",
      "ordered",
      "--results",
      folder,
    ];
    const child = cliCommand([...args, ...QUIET, "--", "sh", "-c", script, "{start}"]).spawn();
    await until(() => [0, 2, 3].every((range) => hasEnded(folder, range)), "three have ended");
    child.kill("SIGINT");
    const { signal, stdout } = await child.output();
    assertEquals([signal, new TextDecoder().decode(stdout)], [
      "SIGINT",
      "item 0\nitem 2\nitem 3\n",
    ]);
  });
});

Deno.test("a reader that stands still holds the end up only until somebody wants it", async () => {
  const args = ["run", "-n", "2", "-c", "1", "--grace-period", "200ms", "--output", "ordered"];
  await withFolder(async (folder) => {
    const options = [...args, ...QUIET, "--results", folder];
    const child = cliCommand([...options, "--", "sh", "-c", "yes | head -c 3000000"]).spawn();
    await until(
      () => [0, 1].every((range) => hasEnded(folder, range)),
      "the work is done, its output not read",
    );
    child.kill("SIGTERM");
    assertEquals((await child.status).signal, "SIGTERM");
    await child.stdout.cancel();
    await child.stderr.cancel();
  });
});

Deno.test("with --resume, ranges that were done keep their results", async () => {
  await withFolder(async (folder) => {
    const args = [
      "run",
      "-n",
      "2",
      "-c",
      "1",
      "--journal",
      `${folder}/j`,
      "--resume",
      "--results",
      `${folder}/r`,
    ];
    const script = `date +%s%N; [ $0 = 0 ] || [ -e ${folder}/go ]`;
    const run = () => runCli([...args, ...QUIET, "--", "sh", "-c", script, "{start}"]);
    const read = (name: string) => Deno.readTextFileSync(`${folder}/r/range-${name}`);
    assertEquals((await run()).code, 1);
    const before = [read("00000/stdout"), read("00001/exit")];
    await Deno.writeTextFile(`${folder}/go`, "");
    assertEquals((await run()).code, 0);
    assertEquals([read("00000/stdout"), before[1], read("00001/exit")], [before[0], "1\n", "0\n"]);
  });
});
