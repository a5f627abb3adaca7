// Signals that the parent ignores, and SIGUSR1, which opens the debugger of Deno.
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { cliCommandLine } from "../helpers/cli.ts";
import { withFolder } from "../helpers/journal.ts";
import { LINUX, needs, testWith } from "../helpers/needs.ts";
import { readUntil, until } from "../helpers/processes.ts";

const needsProc = needs(LINUX);
const needsPerl = needs("perl");
const needsPerlAndProc = needs(LINUX, "perl");
const JOB = new URL("../fixtures/runs_a_job.ts", import.meta.url).pathname;

interface Line {
  readonly command: string;
  readonly args: readonly string[];
}

/** Starts a program that inherits signals as ignored. */
function startIgnoring(signals: readonly string[], { command, args }: Line): Deno.ChildProcess {
  const ignore = signals.map((signal) => `$SIG{${signal}} = "IGNORE";`).join(" ");
  return new Deno.Command("perl", {
    args: ["-e", `${ignore} exec @ARGV`, command, ...args],
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

async function outputOf(child: Deno.ChildProcess): Promise<{ code: number; text: string }> {
  const { code, stdout, stderr } = await child.output();
  const decoder = new TextDecoder();
  return { code, text: decoder.decode(stdout) + decoder.decode(stderr) };
}

/** The signals that a process ignores, by their numbers. */
const IGNORED = `sed -n 's/^SigIgn:[[:space:]]*//p' /proc/self/status`;

testWith("run knows how its workers ended though SIGCHLD was ignored", needsPerl, async () => {
  const script = `[ $EXECUTOR_START != 2 ] || exit 7`;
  const args = ["run", "-n", "4", "-c", "1", "-w", "2", "--reporter", "plain"];
  const line = cliCommandLine([...args, "--", "sh", "-c", script]);
  const { code, text } = await outputOf(startIgnoring(["CHLD"], line));
  assertEquals(code, 1, text);
  assertStringIncludes(text, "3 done");
  assertStringIncludes(text, "exit code 7");
  assert(!text.includes("os error"), text);
});

testWith("doctor knows how its worker ended though SIGCHLD was ignored", needsPerl, async () => {
  const line = cliCommandLine(["doctor", "--", "sh", "-c", "echo PROGRESS: 10; exit 3"]);
  const { code, text } = await outputOf(startIgnoring(["CHLD"], line));
  assertEquals(code, 1, text);
  assertStringIncludes(text, "exit code 3");
});

testWith(
  "a program knows how its workers ended though SIGCHLD was ignored",
  needsPerl,
  async () => {
    const line = (command: string[]) => ({
      command: Deno.execPath(),
      args: ["run", "-A", "--quiet", JOB, "3", ...command],
    });
    assertEquals((await outputOf(startIgnoring(["CHLD"], line(["true"])))).text, "exit code 0\n");
    assertEquals((await outputOf(startIgnoring(["CHLD"], line(["false"])))).text, "exit code 1\n");
  },
);

testWith("without a look at /proc, SIGCHLD is not ignored either", needsPerl, async () => {
  const line = {
    command: Deno.execPath(),
    args: ["run", "--no-prompt", "--allow-run", "--allow-env", "--quiet", JOB, "3", "true"],
  };
  assertEquals((await outputOf(startIgnoring(["CHLD"], line))).text, "exit code 0\n");
});

testWith(
  "workers do not inherit that SIGCHLD, SIGHUP or SIGINT is ignored",
  needsPerlAndProc,
  async () => {
    const line = cliCommandLine(
      ["run", "-n", "2", "-c", "1", "-w", "1", "--output", "ordered", "--reporter", "quiet", "--"]
        .concat(["sh", "-c", IGNORED]),
    );
    const { code, text } = await outputOf(startIgnoring(["CHLD", "HUP", "INT", "PIPE"], line));
    assertEquals(code, 0);
    const bits = (1n << 16n) | 1n | (1n << 1n) | (1n << 12n);
    for (const mask of text.trim().split("\n")) assertEquals(BigInt(`0x${mask}`) & bits, 0n, text);
  },
);

const READS = ["--no-prompt", "--allow-run", "--allow-env", "--allow-read"];

for (
  const [name, flags, signals] of [
    ["all permissions", ["-A"], ["HUP", "INT", "QUIT", "CHLD"]],
    ["ps in place of /proc", READS, ["HUP", "INT", "QUIT"]],
  ] as const
) {
  testWith(
    `signals that were ignored stay so, while items are read and workers run, with ${name}`,
    needs(LINUX, "perl", ...name.startsWith("ps ") ? ["ps"] : []),
    async () => {
      await withFolder(async (folder) => {
        const worker = `touch ${folder}/ready; until [ -e ${folder}/go ]; do sleep 0.02; done`;
        const { command, args: [, , , cli] } = cliCommandLine([]);
        const args = ["run", "--quiet", ...flags, cli!, "run", "--items", `${folder}/items`]
          .concat(["--reporter", "quiet", "--", "sh", "-c", worker]);
        await new Deno.Command("mkfifo", { args: [`${folder}/items`] }).output();
        const child = startIgnoring(signals, { command, args });
        const ended = outputOf(child);
        // Opens when the other side reads.
        const items = await Deno.open(`${folder}/items`, { write: true });
        for (const signal of ["SIGHUP", "SIGINT", "SIGQUIT"] as const) child.kill(signal);
        await items.write(new TextEncoder().encode("one\n"));
        items.close();
        const isReady = () =>
          Array.from(Deno.readDirSync(folder)).some(({ name }) => name === "ready");
        await until(isReady, "the worker is ready");
        for (const signal of ["SIGHUP", "SIGINT", "SIGQUIT", "SIGHUP"] as const) child.kill(signal);
        await Deno.writeTextFile(`${folder}/go`, "");
        const { code, text } = await ended;
        assertEquals([code, text], [0, ""]);
      });
    },
  );
}

/** Returns the ports at which a process listens. */
function listeningPorts(pid: number): string[] {
  const inodes = Array.from(Deno.readDirSync(`/proc/${pid}/fd`), ({ name }) => {
    try {
      return /^socket:\[(\d+)\]$/.exec(Deno.readLinkSync(`/proc/${pid}/fd/${name}`))?.[1];
    } catch {
      return undefined;
    }
  });
  return Deno.readTextFileSync(`/proc/${pid}/net/tcp`).split("\n").slice(1)
    .map((row) => row.trim().split(/\s+/))
    .filter(([, , , state, , , , , , inode]) => state === "0A" && inodes.includes(inode))
    .map(([, address]) => address!);
}

/** Runs a job that lasts until SIGUSR1 has opened the debugger a few times. */
async function withUsr1(
  line: Line,
  { folder, times }: { folder: string; times: number },
): Promise<{ code: number; stdout: string }> {
  const child = new Deno.Command(line.command, {
    // Deno says on stderr that it opened the debugger.
    args: line.args.filter((word) => word !== "--quiet"),
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const stdout = new Response(child.stdout).text();
  let stderr = "";
  const heard = (async () => {
    for await (const part of child.stderr.pipeThrough(new TextDecoderStream())) stderr += part;
  })();
  const isReady = () => Array.from(Deno.readDirSync(folder)).some(({ name }) => name === "ready");
  await until(isReady, "the worker is ready");
  const opened = () => stderr.split("Debugger listening").length - 1;
  for (let time = 1; time <= times; time++) {
    // Deno does not react in its first moments.
    await until(async () => {
      child.kill("SIGUSR1");
      await new Promise((resolve) => setTimeout(resolve, 300));
      return opened() >= time;
    }, "the debugger opens");
    await until(() => listeningPorts(child.pid).length === 0, "nothing listens");
  }
  await Deno.writeTextFile(`${folder}/go`, "");
  const { code } = await child.status;
  await heard;
  return { code, stdout: await stdout };
}

const waits = (folder: string) => [
  "sh",
  "-c",
  `touch ${folder}/ready; until [ -e ${folder}/go ] || [ ! -e ${folder} ]; do sleep 0.02; done`,
];

testWith(
  "the debugger that SIGUSR1 opens is closed each time, and the run goes on",
  needsProc,
  async () => {
    await withFolder(async (folder) => {
      const line = cliCommandLine([
        "run",
        "-n",
        "1",
        "--reporter",
        "plain",
        "--",
        ...waits(folder),
      ]);
      const { code, stdout } = await withUsr1(line, { folder, times: 3 });
      assertEquals(code, 0, stdout);
      assertEquals(stdout.match(/^warning: SIGUSR1 opened the debugger/gm)?.length, 1, stdout);
    });
  },
);

testWith("the debugger of a program that runs a job is closed, too", needsProc, async () => {
  await withFolder(async (folder) => {
    const args = ["run", "-A", "--quiet", JOB, "1", ...waits(folder)];
    const ended = await withUsr1({ command: Deno.execPath(), args }, { folder, times: 1 });
    assertEquals(ended, { code: 0, stdout: "exit code 0\n" });
  });
});

Deno.test("SIGUSR1 ends a run that may not close the debugger", async () => {
  const [, , , cli, ...args] = cliCommandLine(
    ["run", "-n", "1", "--grace-period", "1s", "--reporter", "jsonl", "--", "sleep", "30"],
  ).args;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "--allow-run", "--allow-env", cli!, ...args],
    env: { NO_COLOR: "1" },
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let text = await readUntil(reader, '"spawned"');
  child.kill("SIGUSR1");
  for (let part = await reader.read(); !part.done; part = await reader.read()) text += part.value;
  await child.stderr.cancel();
  assertEquals((await child.status).signal, "SIGTERM");
  assertStringIncludes(text, "only --allow-sys=inspector permits to close it");
});

testWith("a debugger that a flag asked for stays open", needsProc, async () => {
  await withFolder(async (folder) => {
    const [, , , cli, ...args] = cliCommandLine(["run", "-n", "1", "--", ...waits(folder)]).args;
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--inspect=127.0.0.1:0", cli!, ...args],
      stdout: "null",
      stderr: "null",
    }).spawn();
    const isReady = () => Array.from(Deno.readDirSync(folder)).some(({ name }) => name === "ready");
    await until(isReady, "the worker is ready");
    child.kill("SIGUSR1");
    // It would be closed within milliseconds; that it is not closed cannot be awaited.
    await new Promise((resolve) => setTimeout(resolve, 500));
    assertEquals(listeningPorts(child.pid).length, 1);
    await Deno.writeTextFile(`${folder}/go`, "");
    assertEquals((await child.status).code, 0);
  });
});
