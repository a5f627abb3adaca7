// --output in a real terminal: above the grid, and without one.
import { assert, assertEquals, assertMatch } from "@std/assert";
import { withFolder } from "../helpers/journal.ts";
import { LINUX, needs, testWith } from "../helpers/needs.ts";
import { Tmux } from "../helpers/tmux.ts";

const CLI = new URL("../../cli.ts", import.meta.url).pathname;
const needsTmux = needs("tmux");

/** Returns a command line that runs four workers. Each prints and ends when its file exists. */
function jobLine(folder: string, options: string): string {
  const worker =
    `until [ -e ${folder}/go-{worker} ]; do sleep 0.05; done; seq -f "{worker}: %.0f" 1 100`;
  return `'${Deno.execPath()}' run -A --quiet '${CLI}' run -n 8 -c 2 -w 4 --title Job ${options} -- sh -c '${worker}'`;
}

/** The output of the four workers. */
const ALL = [0, 1, 2, 3].flatMap((worker) =>
  Array.from({ length: 100 }, (_, line) => `${worker}: ${line + 1}`)
);

testWith("in a terminal: ordered output is printed above the grid", needsTmux, async () => {
  await withFolder(async (folder) => {
    await using tmux = new Tmux();
    await tmux.start(80, 24);
    await tmux.type(jobLine(folder, "--output ordered"), "Enter");
    await tmux.shows("╭ worker 3");
    await Deno.writeTextFile(`${folder}/go-1`, "");
    await tmux.shows("─ SUCCESS ╮");
    assert(!/^1: \d+$/m.test(await tmux.screen()), "range 1 did not wait for range 0");
    await Deno.writeTextFile(`${folder}/go-0`, "");
    await tmux.shows(/^1: 100\n(Job .*\n)/m);
    await tmux.type("C-z");
    await tmux.shows("Stopped");
    await tmux.type("fg", "Enter");
    await tmux.shows("╭ worker 3");
    for (const worker of [2, 3]) await Deno.writeTextFile(`${folder}/go-${worker}`, "");
    await tmux.shows(/Job: 4 done of 4 ranges/);
    // The grid shows that, too, until the shell is back.
    await tmux.shows(/^\$\s*$/m);
    const history = await tmux.history();
    assertEquals(history.match(/^\d: \d+$/gm), ALL);
    assert(!history.includes("╭"), history);
    assertEquals(await tmux.cursorIsVisible(), true);
  });
});

testWith("in a terminal: the grid is on stderr when stdout is a file", needsTmux, async () => {
  await withFolder(async (folder) => {
    await using tmux = new Tmux();
    await tmux.start(60, 24);
    await tmux.type(jobLine(folder, "--output ordered") + ` > ${folder}/out`, "Enter");
    await tmux.shows("#3 RUNNING");
    await tmux.shows("q finish");
    await tmux.resize(100, 24);
    await tmux.shows(/╭ worker 2 ─+ RUNNING ╮ ╭ worker 3 ─+ RUNNING ╮/);
    for (const worker of [0, 1, 2, 3]) await Deno.writeTextFile(`${folder}/go-${worker}`, "");
    await tmux.shows(/Job: 4 done of 4 ranges/);
    assertEquals(await Deno.readTextFile(`${folder}/out`), ALL.map((line) => `${line}\n`).join(""));
  });
});

testWith("in a terminal: without a grid, output is printed as it is", needsTmux, async () => {
  await withFolder(async (folder) => {
    await using tmux = new Tmux();
    await tmux.start(80, 24);
    for (const worker of [0, 1, 2, 3]) await Deno.writeTextFile(`${folder}/go-${worker}`, "");
    const line = jobLine(folder, "--output ordered --reporter quiet");
    await tmux.type(`${line}; echo code=$?`, "Enter");
    await tmux.shows("code=0");
    const history = await tmux.history();
    assertEquals(history.match(/^\d: \d+$/gm), ALL);
    assertMatch(history, /^3: 100\ncode=0$/m);
  });
});

for (const readers of ["| cat", "| grep : | tee {folder}/copy"]) {
  testWith(
    `in a terminal: there is no grid over output that comes back to it by ${readers}`,
    needs("tmux", LINUX),
    async () => {
      await withFolder(async (folder) => {
        await using tmux = new Tmux();
        await tmux.start(80, 60);
        const job = `${jobLine(folder, "--output ordered")} ${readers}`;
        await tmux.type(`${job.replace("{folder}", folder)}; echo over`, "Enter");
        await tmux.shows("started: 8 items");
        for (const worker of [0, 1, 2, 3]) await Deno.writeTextFile(`${folder}/go-${worker}`, "");
        await tmux.shows(/^over$/m);
        const history = await tmux.history();
        assertEquals(history.match(/^\d: \d+$/gm), ALL);
        assert(!history.includes("╭"), history);
      });
    },
  );
}

const LEADING: [name: string, option: string, end: string][] = [
  ["a pipe leads into a file, also in a script", "", "| cat | sort > {folder}/out"],
  ["it is asked for, and a pipe leads to the terminal", "--reporter grid", "| cat"],
];

for (const [name, option, end] of LEADING) {
  testWith(`in a terminal: there is a grid if ${name}`, needs("tmux", LINUX), async () => {
    await withFolder(async (folder) => {
      await using tmux = new Tmux();
      await tmux.start(80, 24);
      const job = `${jobLine(folder, `--output ordered ${option}`)} ${end}`;
      // The shell of a script is in the group of the pipeline, and its stdout is the terminal.
      const script = `${job.replace("{folder}", folder)}; echo over\n`;
      await Deno.writeTextFile(`${folder}/script`, script);
      await tmux.type(`sh ${folder}/script`, "Enter");
      await tmux.shows("╭ worker 3");
      for (const worker of [0, 1, 2, 3]) await Deno.writeTextFile(`${folder}/go-${worker}`, "");
      await tmux.shows(/^over$/m);
    });
  });
}
