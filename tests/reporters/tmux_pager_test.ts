// Logs of workers in a pager, on a real terminal.
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { withFolder } from "../helpers/journal.ts";
import { until } from "../helpers/processes.ts";
import { has } from "../helpers/programs.ts";
import { Tmux } from "../helpers/tmux.ts";

const CLI = new URL("../../cli.ts", import.meta.url).pathname;
const needsLess = { ignore: !has("tmux") || !has("less") };

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

async function modeIsRestored(tmux: Tmux): Promise<void> {
  const words = "-e '-*icanon' -e '-*echo' -e 'min = .' -e 'susp = ..'";
  await tmux.type(`clear; stty -a | tr ';' '\\n' | grep -wo ${words} | xargs`, "Enter");
  await tmux.shows(/^susp = \^Z (min = 1 )?icanon echo$/m);
}

async function openLog(tmux: Tmux, arrows: string[]): Promise<void> {
  await tmux.shows("Arrows choose");
  await tmux.type(...arrows);
  await tmux.shows("Enter whole log");
  await tmux.type("Enter");
}

for (const options of ["", "--log-dir logs", "--items - < items"]) {
  Deno.test(
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
        await tmux.shows(/Job ━+ 100% 4\/4/);
        await modeIsRestored(tmux);
      });
    },
  );
}

Deno.test(
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
      await modeIsRestored(tmux);
    });
  },
);

Deno.test("a run that is stopped from outside closes the pager", needsLess, async () => {
  await inShell(async (tmux, folder) => {
    await tmux.type(
      `sh -c 'echo $$ > ${folder}/pid; exec "$@"' sh ${runLine(folder).replace(/^cd [^;]*; /, "")}`,
      "Enter",
    );
    await openLog(tmux, ["Up"]);
    await tmux.shows("worker 0: line 20");
    Deno.kill(Number(await Deno.readTextFile(`${folder}/pid`)), "SIGTERM");
    await tmux.shows("! stopped by SIGTERM");
    await tmux.shows(/\$\s*$/);
    await modeIsRestored(tmux);
  });
});

Deno.test("a pager that cannot be started is one sentence below the grid", needsLess, async () => {
  await inShell(async (tmux, folder) => {
    await tmux.type(runLine(folder, "", "env PAGER=no-such-pager"), "Enter");
    await openLog(tmux, ["Up"]);
    await tmux.shows("! the pager no-such-pager was not found: set PAGER to another one");
    await tmux.shows(">0 RUNNING");
    await tmux.type("Escape");
    await tmux.shows("Arrows choose");
    await Deno.writeTextFile(`${folder}/go`, "");
    await tmux.shows(/Job ━+ 100% 4\/4/);
  });
});

Deno.test("what is printed while the pager is open comes afterwards", needsLess, async () => {
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
    await tmux.shows(/Job ━+ 100% 4\/4/);
    const printed = (await tmux.history()).match(/^worker \d: line \d+$/gm) ?? [];
    assertEquals(printed.length, 2000);
  });
});
