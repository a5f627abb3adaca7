// Logs of workers in a pager, on a real terminal.
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { withFolder } from "../helpers/journal.ts";
import { assertNoneLeft, until } from "../helpers/processes.ts";
import { Tmux } from "../helpers/tmux.ts";
import { needs, testWith } from "../helpers/needs.ts";

const CLI = new URL("../../cli.ts", import.meta.url).pathname;
const needsLess = needs("tmux", "less");

/** The end of a run, and the prompt of the shell. */
const ENDED = /\b4 done[^]*\$\s*$/;

/** Returns a command line whose workers print 500 lines, note signals, and are busy until the file `go` exists. */
function runLine(folder: string, options = "", env = "env -u PAGER -u LESS"): string {
  const worker = [
    `trap "echo got a signal >> ${folder}/signals; exit 1" INT TERM`,
    'seq -f "worker {worker}: line %.0f" 1 500',
    `until [ -e ${folder}/go ]; do sleep 0.05; done`,
    `echo >> ${folder}/done`,
  ].join("; ");
  return `cd ${folder}; ${env} '${Deno.execPath()}' run -A --quiet '${CLI}' run -n 4 -c 1 -w 2 ${options} --title Job -- sh -c '${worker}'`;
}

async function inShell(test: (tmux: Tmux, folder: string) => Promise<void>): Promise<void> {
  await withFolder(async (folder) => {
    await using tmux = new Tmux();
    await tmux.start(80, 24);
    await test(tmux, folder);
    const left = Array.from(Deno.readDirSync(folder), ({ name }) => name)
      .filter((name) => name.startsWith("executor-log-"));
    assertEquals(left, [], "temporary files are left");
  });
}

async function openLog(tmux: Tmux, arrows: string[]): Promise<void> {
  await tmux.shows("Arrows choose");
  await tmux.type(...arrows);
  await tmux.shows("Enter whole log");
  await tmux.type("Enter");
}

for (const options of ["", "--log-dir logs", "--items - < items"]) {
  testWith(
    `Enter opens the whole log of a worker, with ${options || "no options"}`,
    needsLess,
    async () => {
      await inShell(async (tmux, folder) => {
        await Deno.writeTextFile(`${folder}/items`, "a\nb\nc\nd\n");
        const line = runLine(
          folder,
          options.replace("< items", ""),
          `env -u PAGER -u LESS TMPDIR=${folder}`,
        );
        const run = options.includes("items")
          ? line.replace("-n 4 -c 1", "") + " {item} < items"
          : line;
        await tmux.type(run, "Enter");
        await openLog(tmux, ["Down", "Down"]);
        await tmux.shows("worker 1: line 20");
        assert(!(await tmux.screen()).includes("RUNNING"), await tmux.screen());
        await tmux.type("G");
        await tmux.shows("worker 1: line 500");
        // The run goes on.
        await Deno.writeTextFile(`${folder}/go`, "");
        const done = async () => (await Deno.readTextFile(`${folder}/done`)).length;
        await until(async () => await done().catch(() => 0) === 4, "all ranges are done");
        assertStringIncludes(await tmux.screen(), "worker 1: line 500");
        await tmux.type("q");
        await tmux.shows(ENDED);
        await tmux.modeIsRestored();
      });
    },
  );
}

testWith(
  "the grid comes back after the pager; Ctrl-C and Ctrl-Z in it do not reach the run",
  needsLess,
  async () => {
    await inShell(async (tmux, folder) => {
      await tmux.type(runLine(folder, "--log-dir logs"), "Enter");
      await openLog(tmux, ["Up"]);
      await tmux.shows("worker 0: line 20");
      await tmux.type("F");
      await tmux.shows(/Waiting for data/);
      await tmux.type("C-c");
      await tmux.shows(/\n(:|\(END\))\s*$/);
      await tmux.type("C-z");
      await tmux.type("g");
      await tmux.shows("worker 0: line 1\n");
      await tmux.type("q");
      await tmux.shows(">0 RUNNING");
      await tmux.type("Escape");
      await tmux.shows("#0 RUNNING");
      assert(!(await tmux.screen()).includes("stopping"), await tmux.screen());
      // The next Ctrl-C is for the run again.
      await tmux.type("C-c");
      await tmux.shows("! stopped by SIGINT");
      await until(
        () => Deno.readTextFile(`${folder}/signals`).then(() => true, () => false),
        "workers got it",
      );
      await tmux.modeIsRestored();
    });
  },
);

testWith("a run that is stopped from outside closes the pager", needsLess, async () => {
  await inShell(async (tmux, folder) => {
    await tmux.type(
      `sh -c 'echo $$ > ${folder}/pid; exec "$@"' sh ${runLine(folder).replace(/^cd [^;]*; /, "")}`,
      "Enter",
    );
    await openLog(tmux, ["Up"]);
    await tmux.shows("worker 0: line 20");
    Deno.kill(Number(await Deno.readTextFile(`${folder}/pid`)), "SIGTERM");
    await tmux.shows("! stopped by SIGTERM");
    await tmux.modeIsRestored();
  });
});

testWith("a pager that cannot be started is one sentence below the grid", needsLess, async () => {
  await inShell(async (tmux, folder) => {
    await tmux.type(runLine(folder, "", "env PAGER=no-such-pager"), "Enter");
    await openLog(tmux, ["Up"]);
    await tmux.shows("! the pager no-such-pager was not found: set PAGER to another one");
    await tmux.shows(">0 RUNNING");
    await tmux.type("Escape");
    await tmux.shows("Arrows choose");
    await Deno.writeTextFile(`${folder}/go`, "");
    await tmux.shows(ENDED);
  });
});

testWith("a log that the pager has removed changes nothing", needsLess, async () => {
  await inShell(async (tmux, folder) => {
    const pager = `PAGER='touch ${folder}/opened; rm'`;
    await tmux.type(runLine(folder, "", `env ${pager} TMPDIR=${folder}`), "Enter");
    await openLog(tmux, ["Up"]);
    const isOpened = () => Deno.stat(`${folder}/opened`).then(() => true, () => false);
    await until(isOpened, "the pager was opened");
    await tmux.shows(">0 RUNNING");
    await Deno.writeTextFile(`${folder}/go`, "");
    await tmux.shows(ENDED);
  });
});

testWith("what is printed while the pager is open comes afterwards", needsLess, async () => {
  await inShell(async (tmux, folder) => {
    await tmux.type(runLine(folder, "--output ordered"), "Enter");
    await openLog(tmux, ["Up"]);
    await tmux.shows("worker 0: line 20");
    await Deno.writeTextFile(`${folder}/go`, "");
    const done = async () => (await Deno.readTextFile(`${folder}/done`)).length;
    await until(async () => await done().catch(() => 0) === 4, "all ranges are done");
    await tmux.type("G");
    await tmux.shows("worker 0: line 500");
    await tmux.type("q");
    await tmux.shows(ENDED);
    const printed = (await tmux.history()).match(/^worker \d: line \d+$/gm) ?? [];
    assertEquals(printed.length, 2000);
  });
});

testWith(
  "without --log-dir, the log in the pager is whole up to a bound, and tells if it is not",
  needsLess,
  async () => {
    await inShell(async (tmux, folder) => {
      const worker =
        `if [ $EXECUTOR_START = 0 ]; then printf "\\033[31mred\\033[0m \\033[2Jx\\n"; seq 1 100000; fi; until [ -e go ]; do sleep 0.1; done`;
      for (const workers of [1, 40]) {
        const pager = `PAGER='cat >> ${folder}/seen-${workers}'`;
        await tmux.type(
          `clear; cd ${folder}; rm -f go; ${pager} '${Deno.execPath()}' run -A --quiet '${CLI}' run -n ${workers} -c 1 -w ${workers} --title Job -- sh -c '${worker}'`,
          "Enter",
        );
        await tmux.shows(workers === 1 ? "Arrows choose" : "40 running");
        await tmux.shows("worker 0: 100000");
        await tmux.type("Down");
        await tmux.shows(">0 ");
        await tmux.type("Enter");
        const seen = () => Deno.readTextFile(`${folder}/seen-${workers}`).catch(() => "");
        await until(async () => (await seen()).endsWith("\n100000\n"), "the log was shown");
        const lines = (await seen()).split("\n");
        assert(lines[0]!.startsWith("log of worker 0, item 0, attempt 1"), lines[0]);
        if (workers === 1) {
          assertEquals(lines[1], "\x1b[31mred\x1b[0m x\x1b[0m");
          assertEquals(lines.length, 100_003);
        } else {
          assertEquals(lines[1], "… earlier lines were not kept: --log-dir DIR keeps all of them");
          const { length } = await seen();
          assert(length > 150_000 && length < 8 * 2 ** 20 / 40 + 2_000, `${length} characters`);
        }
        await tmux.shows(">0 ");
        await Deno.writeTextFile(`${folder}/go`, "");
        await tmux.shows(/\$\s*$/);
      }
    });
  },
);

const PAGERS: [pager: string, shows: string][] = [
  ["sh -c 'exit 3'", "! the pager sh -c 'exit 3' ended with exit code 3: PAGER names another one"],
  ["/no/such/pager -x", "! the pager /no/such/pager was not found: set PAGER to another one"],
];

for (const [pager, shows] of PAGERS) {
  testWith(`PAGER="${pager}" is one sentence, and the run goes on`, needsLess, async () => {
    await inShell(async (tmux, folder) => {
      await tmux.type(runLine(folder, "--log-dir=-logs", `env PAGER="${pager}"`), "Enter");
      await openLog(tmux, ["Up"]);
      await tmux.shows(shows);
      await tmux.type("C-c");
      await tmux.shows("! stopped by SIGINT");
      await tmux.modeIsRestored();
    });
  });
}

testWith(
  "the pager gets a path that no shell changes, whatever the log directory is called",
  needsLess,
  async () => {
    await inShell(async (tmux, folder) => {
      const name = '-a "$(touch hacked)" b';
      const line = runLine(folder, `--log-dir='${name}'`, `env PAGER='wc -l'`);
      await tmux.type(line.replace("PAGER='wc -l'", `PAGER='cat >> ${folder}/seen'`), "Enter");
      await openLog(tmux, ["Up"]);
      const seen = () => Deno.readTextFile(`${folder}/seen`).catch(() => "");
      await until(async () => (await seen()).endsWith("line 500\n"), "the log was shown");
      const names = Array.from(Deno.readDirSync(folder), (entry) => entry.name);
      assert(names.includes(name) && !names.includes("hacked"), names.join());
      // Ctrl-C is for the pager until the grid is drawn again.
      const screen = await tmux.screen();
      await until(async () => await tmux.screen() !== screen, "the grid is drawn again");
      await tmux.type("C-c");
      await tmux.shows("! stopped by SIGINT");
    });
  },
);

testWith(
  "a terminal that is closed while the pager is open ends the run, as it does without",
  needsLess,
  async () => {
    await withFolder(async (folder) => {
      for (const hasPager of [false, true]) {
        const tmux = new Tmux();
        await tmux.start(80, 24);
        await tmux.type(runLine(folder), "Enter");
        await tmux.shows("2 running");
        if (hasPager) {
          await openLog(tmux, ["Up"]);
          await tmux.shows("worker 0: line 20");
        }
        await tmux[Symbol.asyncDispose]();
        await until(() => isEmpty(folder), "executor and workers have ended");
      }
    });
  },
);

function isEmpty(folder: string): boolean {
  try {
    assertNoneLeft(`${folder}/go`);
    return true;
  } catch {
    return false;
  }
}
