// Runs in the background of a shell, and on a simulated Windows: the terminal is left alone where it must be.
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { isInForegroundByPs } from "../../src/base/foreground.ts";
import { cliCommandLine } from "../helpers/cli.ts";
import { withFolder } from "../helpers/journal.ts";
import { LINUX, needs, testWith } from "../helpers/needs.ts";
import { inTerminal, shellLine } from "../helpers/pty.ts";
import { Tmux } from "../helpers/tmux.ts";

const CLI = cliCommandLine([]).args.at(-1)!;
const needsTmux = needs("tmux");
const needsScript = needs(LINUX, "script");

const PERMISSIONS: readonly (readonly [name: string, flags: readonly string[]])[] = [
  ["all permissions", ["-A"]],
  ["the least permissions", ["--no-prompt", "--allow-run", "--allow-env"]],
  [
    "permissions for files, but not for /proc",
    ["--no-prompt", "--allow-run", "--allow-env", "--allow-read", "--allow-write"],
  ],
];

for (const [name, flags] of PERMISSIONS) {
  testWith(
    `a run with & and ${name} is not stopped, and fg gives it keys`,
    needsTmux,
    async () => {
      await withFolder(async (folder) => {
        await using tmux = new Tmux();
        await tmux.start(100, 30);
        const worker = `until [ -e ${folder}/go ] || [ ! -e ${folder} ]; do sleep 0.05; done`;
        const words = [Deno.execPath(), "run", "--quiet", ...flags, CLI, "run", "-n", "1", "--"];
        const line = shellLine([...words, "sh", "-c", worker]);
        await Deno.writeTextFile(`${folder}/job`, `${line}; echo end $?`);
        await tmux.type(`set -m; sh ${folder}/job &`, "Enter");
        // The grid: it has looked for the keys of the terminal by then.
        await tmux.shows("RUNNING");
        await tmux.type("jobs", "Enter");
        await tmux.shows(/^\[1\].*Running/m);
        await tmux.type("fg", "Enter");
        // It looks every two seconds whether it has come to the foreground, and then reads the key.
        await tmux.type("?");
        await tmux.shows("finish running ranges");
        await Deno.writeTextFile(`${folder}/go`, "");
        await tmux.shows("1 done");
        await tmux.type("echo end $?", "Enter");
        await tmux.shows("end 0");
      });
    },
  );
}

Deno.test("the state that ps prints tells the foreground, as on macOS (simulated)", () => {
  for (const state of ["S+\n", "Ss+", "Sl+", "R+"]) assert(isInForegroundByPs(state), state);
  for (const state of ["S\n", "Ss", "TN", ""]) assert(!isInForegroundByPs(state), state);
});

testWith("on Windows (simulated), a run in a terminal draws and ends", needsScript, async () => {
  const fixture = new URL("../fixtures/as_on_windows.ts", import.meta.url).pathname;
  const words = [Deno.execPath(), "run", "-A", "--quiet", fixture, "run", "-n", "2", "-w", "2"];
  const text = await inTerminal(`${shellLine([...words, "--", "sleep", "0.5"])}; echo code $?`);
  assertStringIncludes(text, "\x1b[?2026h");
  assertStringIncludes(text, "RUNNING");
  assertStringIncludes(text, "2 done");
  assertStringIncludes(text, "code 0");
  assertEquals(text.includes("failed, the work goes on"), false, text);
});
