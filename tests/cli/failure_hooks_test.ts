// Hooks of failures: what they are told, how many run at once, and what ends them.
import { assert, assertEquals } from "@std/assert";
import { cliCommand } from "../helpers/cli.ts";
import { exists } from "../helpers/files.ts";
import { assertHas, linesOf, runWithHooks } from "../helpers/hooks.ts";
import { withFolder } from "../helpers/journal.ts";
import { LINUX, needs, POSIX, testWith } from "../helpers/needs.ts";
import { processesWith, signalIfThere, until } from "../helpers/processes.ts";
import { Tmux } from "../helpers/tmux.ts";

const needsShell = needs(POSIX);
const CLI = new URL("../../cli.ts", import.meta.url).pathname;

testWith(
  "--on-failure is run for the final failure of a range, with its item",
  needsShell,
  async () => {
    await withFolder(async (folder) => {
      // The item "later" fails once, "bad'; $(x)" always.
      const worker = `echo reading; [ "$1" = good ] && exit 0
      [ "$1" = later ] && { [ -e ${folder}/once ] && exit 0; : > ${folder}/once; }; exit 3`;
      const hook = `cat >> ${folder}/input; env | grep '^EXECUTOR_' | sort > ${folder}/env`;
      const { code } = await runWithHooks([
        ...["-r", "1", "--retry-delay", "1ms", "--title", "T", "--on-failure", hook],
        ...["--", "sh", "-c", worker, "sh", "{item}", ":::", "good", "later", "bad'; $(x)"],
      ]);
      assertEquals(code, 1);
      const input = JSON.parse(await Deno.readTextFile(`${folder}/input`));
      assertHas(input, {
        v: 1,
        hook: "failure",
        title: "T",
        failure: {
          range: 2,
          startIndex: 2,
          endIndex: 3,
          items: ["bad'; $(x)"],
          status: "FAILED",
          cause: { kind: "exit", code: 3 },
          attempts: 2,
          log: ["reading"],
          name: "item 2 (bad'; $(x))",
          reason: "exit code 3",
        },
      });
      assertEquals(
        await Deno.readTextFile(`${folder}/env`),
        [
          "EXECUTOR_ATTEMPTS=2",
          "EXECUTOR_END=3",
          "EXECUTOR_EXIT_CODE=3",
          "EXECUTOR_HOOK=failure",
          "EXECUTOR_ITEM=bad'; $(x)",
          "EXECUTOR_RANGE=2",
          `EXECUTOR_RUN_ID=${input.runId}`,
          "EXECUTOR_START=2",
          "EXECUTOR_STATUS=FAILED",
          "EXECUTOR_TITLE=T",
        ].map((line) => `${line}\n`).join(""),
      );
    });
  },
);

testWith(
  "thousands of failures run a few hooks at once, and the rest is counted",
  needsShell,
  async () => {
    await withFolder(async (folder) => {
      // More than four at once would be seen by one of them.
      // One whose time was over leaves its file: only those that live are counted.
      const hook = `: > ${folder}/$$; n=0; for one in ${folder}/*; do
        kill -0 "\${one##*/}" 2>/dev/null && n=$((n + 1)); done; echo $n
        sleep 0.2; rm ${folder}/$$; exit 3`;
      const result = await runWithHooks([
        ...["-n", "2000", "-c", "1", "-w", "4", "--hook-timeout", "1s", "--on-failure", hook],
        ...["--on-end", "echo the end", "--", "false"],
      ]);
      assertEquals(result.code, 1);
      const lines = linesOf(result);
      const counts = lines.filter((line) => /^ *\d+$/.test(line)).map(Number);
      assert(counts.length > 4 && Math.max(...counts) <= 4, `${counts}`);
      const fault = /--on-failure (ended with exit code 3|had not ended in time)/;
      assertEquals(lines.filter((line) => fault.test(line)).length, 1);
      assert(lines.includes("the end"), result.stderr);
      const last =
        /^executor: --on-failure was not run to its end for (\d+) of 2000 failures: there was no time$/
          .exec(lines.at(-1)!);
      assert(last !== null, result.stderr);
      assert(Number(last[1]) + counts.length <= 2000, result.stderr);
      assert(Number(last[1]) > 1000, result.stderr);
    });
  },
);

testWith(
  "a child in a session of its own may hold a stdin that no pipe takes at once",
  needs(LINUX, "setsid"),
  async () => {
    await withFolder(async (folder) => {
      // Each of six failures has items of 75 KB, and so has the summary.
      await Deno.writeTextFile(`${folder}/list`, "twelve bytes\n".repeat(30_000));
      const waits =
        `i=0; until [ -e ${folder}/stop ] || [ $i = 200 ]; do sleep 0.1; i=$((i+1)); done`;
      // Until it is in its session, it would end with the group of the hook.
      const hook = `f=${folder}/in-$$; setsid -f sh -c ': >"$1"; ${waits}' stays-${folder} "$f"
        until [ -e "$f" ]; do sleep 0.01; done; echo told`;
      const result = await runWithHooks([
        ...["--items", `${folder}/list`, "--per-process", "5000"],
        ...["--on-failure", hook, "--on-end", hook, "--", "sh", "-c", "exit 1", "sh"],
      ]);
      assertEquals(result.code, 1);
      assertEquals(linesOf(result), Array.from({ length: 7 }, () => "told"));
      // None of them was waited for. A program that they start has their command line for a moment.
      await until(() => processesWith(`stays-${folder}`).length === 7, "the seven are there");
      await Deno.writeTextFile(`${folder}/stop`, "");
      await until(() => processesWith(folder).length === 0, "the children have ended");
    });
  },
);

testWith("after SIGKILL of the executor, the reaper ends a hook", needs(LINUX), async () => {
  await withFolder(async (folder) => {
    const hook = `: > ${folder}/failed; sleep 1000; : ${folder}`;
    const child = cliCommand([
      ...["run", "-n", "2", "-c", "1", "-w", "2", "--on-failure", hook, "--grace-period", "1s"],
      ...["--", "sh", "-c", `[ {start} = 1 ] || exit 1; while :; do sleep 0.1; done`, folder],
    ]).spawn();
    const output = child.output();
    await until(() => exists(`${folder}/failed`), "the hook runs");
    signalIfThere(child, "SIGKILL");
    await output;
    await until(() => processesWith(folder).length === 0, "nothing is left");
  });
});

testWith(
  "what a hook prints stands above the grid as whole lines",
  needs(POSIX, "tmux"),
  async () => {
    await withFolder(async (folder) => {
      await using tmux = new Tmux();
      await tmux.start(80, 24);
      const worker = `[ {start} = 0 ] && exit 1; until [ -e ${folder}/go ]; do sleep 0.05; done`;
      const options = `-n 2 -c 1 -w 2 --title Job --on-failure "printf ho; sleep 0.3; echo ok"`;
      await tmux.type(
        `'${Deno.execPath()}' run -A --quiet '${CLI}' run ${options} -- sh -c '${worker}'`,
        "Enter",
      );
      await tmux.shows(/^hook\n(.*\n)*.*q finish/m);
      await Deno.writeTextFile(`${folder}/go`, "");
      await tmux.shows(/Job: 1 done · 1 failed of 2 items/);
      const history = await tmux.history();
      assertEquals(history.match(/^hook$/gm), ["hook"]);
      assert(!history.includes("╭"), history);
    });
  },
);
