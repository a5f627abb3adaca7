// Notifications: the place where they appear, and text that does no harm there.
import { assertEquals, assertMatch } from "@std/assert";
import { desktopCommand, terminalSequence } from "../../../src/reporters/hooks/notification.ts";
import { cliCommand, cliCommandLine, runCli } from "../../helpers/cli.ts";
import { textOf } from "../../helpers/files.ts";
import { withFolder } from "../../helpers/journal.ts";
import { LINUX, needs, testWith } from "../../helpers/needs.ts";
import { processesWith, until } from "../../helpers/processes.ts";
import { inTerminal, shellLine } from "../../helpers/pty.ts";
import { writeProgram } from "../../helpers/programs.ts";

const TEXT = { heading: "a;b", body: "<2> & more" };
const envOf = (variables: Record<string, string>) => (name: string) => variables[name];

const TERMINALS: [env: Record<string, string>, sequence: string][] = [
  [{ TERM: "xterm-256color" }, "\x07"],
  [{}, "\x07"],
  [{ TERM: "xterm-256color", TERM_PROGRAM: "iTerm.app" }, "\x1b]9;a,b: <2> & more\x1b\\"],
  [{ TERM: "xterm-kitty" }, "\x1b]9;a,b: <2> & more\x1b\\"],
  [{ TERM: "foot" }, "\x1b]777;notify;a,b;<2> & more\x1b\\"],
  [{ TERM: "rxvt-unicode-256color" }, "\x1b]777;notify;a,b;<2> & more\x1b\\"],
  [{ TERM: "xterm-kitty", TMUX: "/tmp/tmux" }, "\x07"],
  [{ TERM: "screen-256color", TERM_PROGRAM: "WezTerm" }, "\x07"],
];

for (const [env, sequence] of TERMINALS) {
  Deno.test(`terminalSequence() for ${JSON.stringify(env)}`, () => {
    assertEquals(terminalSequence(TEXT, envOf(env)), sequence);
  });
}

Deno.test("desktopCommand() uses the program of the system, if there is a desktop", () => {
  const command = (env: Record<string, string>, os: "linux" | "darwin", programs: string[]) =>
    desktopCommand(TEXT, { env: envOf(env), os, has: (name) => programs.includes(name) });
  const x11 = { DISPLAY: ":0" };
  assertEquals(command(x11, "linux", ["notify-send"]), [
    ...["notify-send", "--app-name=executor", "--", "a;b", "&lt;2&gt; &amp; more"],
  ]);
  assertEquals(command({}, "linux", ["notify-send"]), undefined);
  assertEquals(command(x11, "linux", []), undefined);
  assertEquals(command({}, "darwin", ["osascript"])?.slice(-2), ["a;b", "<2> & more"]);
});

/** Puts a program `notify-send` into a folder, and returns the environment of a desktop that has it. */
async function desktop(folder: string, script: string): Promise<Record<string, string>> {
  const text = `#!/bin/sh\n${script}\n`;
  await writeProgram(`${folder}/notify-send`, text);
  return { DISPLAY: ":0", PATH: `${folder}:${Deno.env.get("PATH")}` };
}

const JOB = ["run", "--reporter", "summary", "-n", "2", "--title", "Job\x1b]0;x\x07 <1>"];

testWith("--notify tells the desktop how a run ended", needs(LINUX), async () => {
  await withFolder(async (folder) => {
    const env = await desktop(folder, `printf '%s\\n' "$@" > ${folder}/told`);
    const { code, stderr } = await runCli([...JOB, "--notify", "0s", "--", "true"], { env });
    assertEquals([code, stderr], [0, ""]);
    const [name, dashes, heading, body] = (await textOf(`${folder}/told`)).split("\n");
    assertEquals([name, dashes, heading], ["--app-name=executor", "--", "Job <1>: done"]);
    assertMatch(
      body!,
      /^Job &lt;1&gt;: 2 done of 2 ranges · 2 of 2 items|^Job &lt;1&gt;: 2 done of 2 items/,
    );
  });
});

testWith("--notify tells nothing of a run of under a minute", needs(LINUX), async () => {
  await withFolder(async (folder) => {
    const env = await desktop(folder, `: > ${folder}/told`);
    const { code, stderr } = await runCli([...JOB, "--notify", "--", "true"], { env });
    assertEquals([code, stderr], [0, ""]);
    assertEquals(Array.from(Deno.readDirSync(folder), ({ name }) => name), ["notify-send"]);
  });
});

testWith("--notify without a desktop and a terminal does nothing", needs(LINUX), async () => {
  const env = { DISPLAY: "", WAYLAND_DISPLAY: "", DBUS_SESSION_BUS_ADDRESS: "" };
  const { code, stdout, stderr } = await runCli([...JOB, "--notify", "0s", "--", "true"], { env });
  assertEquals([code, stderr], [0, ""]);
  assertMatch(stdout, /^Job <1>: 2 done .*\n$/);
});

testWith(
  "--notify rings the bell of the terminal if the desktop does not take it",
  needs(LINUX, "script"),
  async () => {
    await withFolder(async (folder) => {
      const env = await desktop(folder, "exit 1");
      const line = cliCommandLine([...JOB, "--notify", "0s", "--", "true"]);
      const text = await inTerminal(shellLine([line.command, ...line.args]), { env });
      // Once, and behind the summary.
      assertEquals(text.split("\x07").length, 2);
      assertMatch(text.replace("\x07", "BELL"), /2 done.*\s+BELL$/);
    });
  },
);

testWith("nothing is left of a notify-send that hangs", needs(LINUX), async () => {
  await withFolder(async (folder) => {
    const env = await desktop(folder, `sh -c ': > ${folder}/told; sleep 1000; : ${folder}'; :`);
    const child = cliCommand([...JOB, "--notify", "0s", "--", "true"], { env }).spawn();
    const output = child.output();
    await until(() => readIfThere(`${folder}/told`) !== undefined, "it runs");
    child.kill("SIGINT");
    assertEquals((await output).signal, "SIGINT");
    await until(() => processesWith(folder).length === 0, "nothing is left");
  });
});

function readIfThere(path: string): string | undefined {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return undefined;
  }
}
