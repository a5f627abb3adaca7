// Keys of the grid when stdin is not the terminal, and the mode of the terminal after each kind of end.
import { assert, assertStringIncludes } from "@std/assert";
import { withFolder } from "../helpers/journal.ts";
import { processesWith, until } from "../helpers/processes.ts";
import { Tmux } from "../helpers/tmux.ts";
import { needs, testWith } from "../helpers/needs.ts";

const CLI = new URL("../../cli.ts", import.meta.url).pathname;
const needsTmux = needs("tmux");

/** Returns a command line with workers that are busy until the file `go` exists. */
function runLine(folder: string, options = ""): string {
  const worker = `until [ -e ${folder}/go ]; do sleep 0.05; done; echo >> ${folder}/done`;
  return `'${Deno.execPath()}' run -A --quiet '${CLI}' run -w 2 ${options} --title Job -- sh -c '${worker}' {item}`;
}

const SOURCES: [what: string, before: string, options: string, after: string][] = [
  ["a pipe of items", "seq 12 |", "--items -", ""],
  ["a file of items", "", "--items -", "< items"],
  ["/dev/null", "", "--items items", "< /dev/null"],
  ["a pipe that nobody reads", "seq 3 |", "--items items", ""],
];

for (const [what, before, options, after] of SOURCES) {
  testWith(`with stdin from ${what}, the grid has its keys`, needsTmux, async () => {
    await withFolder(async (folder) => {
      await Deno.writeTextFile(`${folder}/items`, "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n");
      await using tmux = new Tmux();
      await tmux.start(80, 24);
      const line = `${before} ${runLine(folder, options)} ${after}; echo code=$?`;
      await tmux.type(`cd ${folder}; ${line}`, "Enter");
      await tmux.shows("q finish");
      await tmux.type("?");
      await tmux.shows("more or fewer workers");
      await tmux.type("?", "q");
      await tmux.shows("finishing: no new ranges start");
      assert(!/^q/m.test(await tmux.screen()), "keys are echoed");
      await Deno.writeTextFile(`${folder}/go`, "");
      await tmux.shows(/^code=1$/m);
      await tmux.modeIsRestored();
      const done = (await Deno.readTextFile(`${folder}/done`)).length;
      assert(done === 2, `${done} items were done`);
    });
  });
}

testWith("keys that are typed before the grid is there have no effect", needsTmux, async () => {
  await withFolder(async (folder) => {
    await using tmux = new Tmux();
    await tmux.start(80, 24);
    const line = `seq 12 | ${runLine(folder, "--items -")}; echo code=$?`;
    await tmux.type(`cd ${folder}; ${line}`, "Enter", "p", "f", "q", "Enter");
    await tmux.shows("q finish");
    await tmux.type("?");
    await tmux.shows("more or fewer workers");
    const screen = await tmux.screen();
    assert(!/paused|finishing|no failures/.test(screen), screen);
    await tmux.type("?", "q");
    await tmux.shows("finishing: no new ranges start");
    await Deno.writeTextFile(`${folder}/go`, "");
    await tmux.shows(/^code=1$/m);
  });
});

const ENDS: [how: string, keys: string[], shows: RegExp][] = [
  ["Ctrl-C", ["C-c"], /! stopped by SIGINT/],
  ["Ctrl-\\", ["C-\\"], /! stopped by SIGQUIT/],
  ["Ctrl-C, three times", ["C-c", "C-c", "C-c"], /\$\s*$/],
  ["Ctrl-Z", ["C-z"], /Stopped/],
];

for (const [how, keys, shows] of ENDS) {
  testWith(`keys from /dev/tty: the terminal is as before after ${how}`, needsTmux, async () => {
    await withFolder(async (folder) => {
      await using tmux = new Tmux();
      await tmux.start(80, 24);
      await tmux.type(`seq 12 | ${runLine(folder, "--items -")}`, "Enter");
      await tmux.shows("q finish");
      await tmux.type("?");
      await tmux.shows("more or fewer workers");
      await tmux.type("?");
      await tmux.shows("q finish");
      await tmux.type(...keys);
      await tmux.shows(shows);
      await tmux.modeIsRestored();
      if (how !== "Ctrl-Z") {
        return await until(() => processesWith(`${folder}/go`).length === 0, "no worker is left");
      }
      await tmux.type("fg", "Enter");
      await tmux.shows("q finish");
      await tmux.type("?");
      await tmux.shows("more or fewer workers");
      await tmux.type("?", "q");
      await tmux.shows("finishing: no new ranges start");
      await Deno.writeTextFile(`${folder}/go`, "");
      await tmux.shows("10 not started");
      await tmux.modeIsRestored();
    });
  });
}

testWith(
  "in the background, a run with items from a pipe is not stopped for its keys",
  needsTmux,
  async () => {
    await withFolder(async (folder) => {
      await using tmux = new Tmux();
      await tmux.start(80, 24);
      await tmux.type(`seq 6 | ${runLine(folder, "--items -")} &`, "Enter");
      await tmux.shows("q finish");
      // What is typed belongs to the shell, which has an echo.
      await tmux.type("echo typed $((20+3))", "Enter");
      await tmux.shows("typed 23");
      await tmux.type("fg", "Enter");
      const help = async () => {
        await tmux.type("?");
        return (await tmux.screen()).includes("more or fewer workers");
      };
      // The executor looks from time to time whether it is in the foreground.
      await until(help, "the grid has keys after fg");
      await tmux.type("C-z");
      await tmux.shows("Stopped");
      await tmux.type("bg", "Enter");
      await Deno.writeTextFile(`${folder}/go`, "");
      await tmux.shows(/\b6 done/);
      await tmux.type("", "Enter");
      assertStringIncludes(await Deno.readTextFile(`${folder}/done`), "\n".repeat(6));
    });
  },
);
