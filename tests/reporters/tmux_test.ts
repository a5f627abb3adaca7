// The command in a real terminal: a shell in tmux, keys, and the screen.
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { needs, testWith } from "../helpers/needs.ts";
import { assertNoneLeft, until } from "../helpers/processes.ts";
import { Tmux } from "../helpers/tmux.ts";

const CLI = new URL("../../cli.ts", import.meta.url).pathname;

async function withShell(test: (tmux: Tmux, folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await using tmux = new Tmux();
    await tmux.start(80, 24);
    await test(tmux, folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Returns a command line that runs four workers, each of which is busy until the file `go` exists. */
function jobLine(folder: string): string {
  const worker =
    `exec 2>/dev/null; echo PROGRESS: 5; echo MESSAGE: at work; until [ -e ${folder}/go ]; do sleep 0.05; done`;
  return `'${Deno.execPath()}' run -A --quiet '${CLI}' run -n 40 -c 10 -w 4 --title Job -- sh -c '${worker}'`;
}

const needsTmux = needs("tmux", "xargs");

testWith("in a terminal: the grid, its sizes, and its end", needsTmux, async () => {
  await withShell(async (tmux, folder) => {
    await tmux.type(jobLine(folder), "Enter");
    await tmux.shows(/╭ worker 2 ─+ RUNNING ╮ ╭ worker 3 ─+ RUNNING ╮/);
    await tmux.shows("50% 20/40");
    assertEquals(await tmux.cursorIsVisible(), false);
    await tmux.resize(38, 24);
    await tmux.shows(/#3 RUNNING items 30–39 +attempt 1\/1\n/);
    await tmux.resize(100, 30);
    await tmux.shows(/╭ worker 2 ─+ RUNNING ╮ ╭ worker 3 ─+ RUNNING ╮/);
    await Deno.writeTextFile(`${folder}/go`, "");
    await tmux.shows(/Job: 4 done of 4 ranges/);
    await tmux.type("echo code=$?", "Enter");
    await tmux.shows("code=0");
    assert(!(await tmux.screen()).includes("╭"), await tmux.screen());
    assertEquals(await tmux.cursorIsVisible(), true);
  });
});

testWith(
  "in a terminal: Ctrl-C stops the workers and leaves the shell as it was",
  needsTmux,
  async () => {
    await withShell(async (tmux, folder) => {
      await tmux.type(jobLine(folder), "Enter");
      await tmux.shows("50% 20/40");
      await tmux.type("C-c");
      // The shell drops what is typed before it has seen that SIGINT ended the command.
      await tmux.shows(/! stopped by SIGINT\nJob: .*\n+\$\s*$/);
      await tmux.type("echo code=$?", "Enter");
      await tmux.shows("code=130");
      const screen = await tmux.screen();
      assertStringIncludes(screen, "Job: 0 done · 4 stopped of 4 ranges · 0 of 40 items done · ");
      assert(!screen.includes("FAILED"), screen);
      assert(!screen.includes("╭") && !screen.includes("^C"), screen);
      assertEquals(await tmux.cursorIsVisible(), true);
      assertNoneLeft(`${folder}/go`);
    });
  },
);

testWith(
  "in a terminal: a frame as high as the screen leaves nothing in the scrollback",
  needsTmux,
  async () => {
    await withShell(async (tmux, folder) => {
      await tmux.resize(80, 12);
      await tmux.type(jobLine(folder).replace("-n 40 -c 10 -w 4", "-n 400 -c 10 -w 40"), "Enter");
      await tmux.shows(/… \+\d+ more/);
      await Deno.writeTextFile(`${folder}/go`, "");
      await tmux.shows(/Job: 40 done of 40 ranges/);
      const history = await tmux.history();
      assert(!history.includes("more (") && !history.includes("running"), history);
    });
  },
);

testWith("in a terminal that accepts no output, the run goes on", needsTmux, async () => {
  await withShell(async (tmux, folder) => {
    const line = jobLine(folder).replace(
      "sleep 0.05; done",
      `sleep 0.05; done; touch ${folder}/done-{worker}`,
    );
    await tmux.type(line, "Enter");
    await tmux.shows("50% 20/40");
    await tmux.type("C-s");
    await Deno.writeTextFile(`${folder}/go`, "");
    const done = () =>
      Array.from(Deno.readDirSync(folder)).filter(({ name }) => name.startsWith("done")).length;
    await until(() => done() === 4, "all workers are done");
    await tmux.type("C-q");
    await tmux.shows(/Job: 4 done of 4 ranges/);
  });
});

testWith(
  "in a terminal: Ctrl-Z returns to the shell, and fg resumes the run",
  needsTmux,
  async () => {
    await withShell(async (tmux, folder) => {
      await tmux.type(jobLine(folder), "Enter");
      await tmux.shows("50% 20/40");
      await tmux.type("C-z");
      await tmux.shows("Stopped");
      assertEquals(await tmux.cursorIsVisible(), true);
      assert(!(await tmux.screen()).includes("╭"), await tmux.screen());
      await tmux.type("fg", "Enter");
      await tmux.shows(/╭ worker 2 ─+ RUNNING ╮ ╭ worker 3 ─+ RUNNING ╮/);
      assertEquals(await tmux.cursorIsVisible(), false);
      await Deno.writeTextFile(`${folder}/go`, "");
      await tmux.shows(/Job: 4 done of 4 ranges/);
      assertEquals(await tmux.cursorIsVisible(), true);
    });
  },
);

testWith(
  "in a terminal: keys, and the terminal's mode after every way out",
  needsTmux,
  async () => {
    await withShell(async (tmux, folder) => {
      await tmux.type(jobLine(folder), "Enter");
      await tmux.shows("q finish");
      await tmux.type("?");
      await tmux.shows("more or fewer workers");
      await tmux.type("?", "f");
      await tmux.shows("no failures");
      await tmux.type("f", "C-z");
      await tmux.shows("Stopped");
      await tmux.modeIsRestored();
      await tmux.type("fg", "Enter");
      await tmux.shows("q finish");
      await tmux.type("l");
      await tmux.shows("log of worker 0");
      await tmux.type("C-c");
      await tmux.shows(/! stopped by SIGINT\nJob: /);
      await tmux.modeIsRestored();
      await tmux.type(jobLine(folder), "Enter");
      await tmux.shows("q finish");
      await tmux.type("q");
      await tmux.shows("finishing: no new ranges start");
      await Deno.writeTextFile(`${folder}/go`, "");
      await tmux.shows(/Job: 4 done of 4 ranges/);
      await tmux.modeIsRestored();
    });
  },
);

testWith(
  "in a terminal: whatever its sizes, the shell's earlier lines stay",
  needsTmux,
  async () => {
    await withShell(async (tmux, folder) => {
      await tmux.resize(120, 30);
      await tmux.type(`seq 101 105; ${jobLine(folder)}`, "Enter");
      await tmux.shows(/╭ worker 2 ─+ RUNNING ╮/);
      for (
        const [columns, rows] of [[60, 30], [120, 30], [90, 20], [120, 30], [60, 12], [
          100,
          30,
        ]] as const
      ) {
        await tmux.resize(columns, rows);
        await tmux.shows(/#3 RUNNING|worker 3 ─+ RUNNING/);
        // Long enough for a frame at that size, and short enough to interrupt the next ones.
        await new Promise((resolve) => setTimeout(resolve, 250));
      }
      await Deno.writeTextFile(`${folder}/go`, "");
      await tmux.shows(/Job: 4 done of 4 ranges/);
      const history = await tmux.history();
      assertEquals(history.match(/^10[1-5]$/gm), ["101", "102", "103", "104", "105"], history);
    });
  },
);

testWith(
  "in a terminal: 24 stopped workers leave a screen with the verdict, and none of their tracebacks",
  needsTmux,
  async () => {
    await withShell(async (tmux, folder) => {
      // In a file, as the terminal shows what is typed.
      const worker = `${folder}/worker.sh`;
      Deno.writeTextFileSync(
        worker,
        `trap 'printf "Traceback (most recent call last):\\n  File x.py\\nKeyboardInterrupt\\n" >&2; exit 1' INT
echo at work
until [ -e ${folder}/go ]; do sleep 0.1; done
`,
      );
      const line =
        `'${Deno.execPath()}' run -A --quiet '${CLI}' run -n 24 -c 1 -w 24 --title Job -- sh ${worker}`;
      await tmux.type(line, "Enter");
      await tmux.shows("24 running");
      await tmux.shows("at work");
      await tmux.type("C-c");
      await tmux.shows("stopped by SIGINT");
      await tmux.shows(/\$\s*$/);
      const screen = await tmux.screen();
      assertStringIncludes(screen, "24 stopped");
      const history = await tmux.history();
      for (const text of ["Traceback", "KeyboardInterrupt"]) {
        assert(!history.includes(text), history);
      }
    });
  },
);
