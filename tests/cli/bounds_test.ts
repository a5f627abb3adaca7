// The real command with more failures, workers and unread output than fit into memory, a pipe or a terminal.
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { cliCommand, cliCommandLine, runCli } from "../helpers/cli.ts";
import { exists } from "../helpers/files.ts";
import { withFolder } from "../helpers/journal.ts";
import { needs, POSIX, testWith } from "../helpers/needs.ts";
import { readUntil, signalIfThere, until } from "../helpers/processes.ts";

/** A worker that prints 20 lines of 60 KB and fails. */
const LOUD =
  "for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do cat line >&2; done; exit 1";

Deno.test("failures with long logs: memory, journal, report and output are bounded, on resume too", async () => {
  await withFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/line`, `${"x".repeat(60_000)}\n`);
    const { command, args } = cliCommandLine([]);
    const [run, ...flags] = args.slice(0, -1);
    const deno = async (...rest: string[]) => {
      const given = [run!, "--v8-flags=--max-old-space-size=110", ...flags, ...args.slice(-1)];
      const { code, stdout } = await new Deno.Command(command, {
        args: [...given, ...rest],
        cwd: folder,
        env: { CI: "", TERM: "dumb" },
        stderr: "null",
      }).output();
      return { code, text: new TextDecoder().decode(stdout) };
    };
    const job = ["run", "-n", "120", "-c", "1", "-w", "2", "--journal", "j", "--report", "r.html"];
    const worker = ["--reporter", "plain", "--", "sh", "-c", LOUD];
    const first = await deno(...job, ...worker);
    assertEquals(first.code, 1);
    assert(first.text.length < 300_000, `${first.text.length} characters`);
    const perFailure = (await Deno.stat(`${folder}/j`)).size / 120;
    assert(perFailure < 30_000, `${perFailure} bytes of journal per failure`);
    const again = await deno(...job, "--resume", ...worker);
    assertEquals(again.code, 1);
    assertEquals((await deno("report", "j", "-o", "s.html")).code, 0);
    assert((await Deno.stat(`${folder}/s.html`)).size < 20_000_000);
  });
});

Deno.test("a thousand failures leave a summary of ten, and name what has the others", async () => {
  await withFolder(async (folder) => {
    const { code, stdout } = await runCli([
      ...["run", "-n", "150", "-c", "1", "-w", "4", "--log-dir", `${folder}/logs`],
      ...["--reporter", "plain", "--", "sh", "-c", "echo line of $EXECUTOR_START; exit 3"],
    ]);
    assertEquals(code, 1);
    assertEquals(stdout.match(/^FAILED item/gm)?.length, 10);
    assertStringIncludes(stdout, `… and 140 more: ${folder}/logs\n`);
  });
});

for (const workers of ["100000", "1000000000"]) {
  Deno.test(`-w ${workers} starts at once, in memory for the workers that run, and is stopped`, async () => {
    const { command, args } = cliCommandLine([
      ...["run", "-n", "1000000000000", "-c", "1", "-w", workers, "--grace-period", "100ms"],
      ...["--reporter", "jsonl", "--", "true"],
    ]);
    await using child = new Deno.Command(command, { args, stdout: "piped" }).spawn();
    let text = "";
    for await (const part of child.stdout.pipeThrough(new TextDecoderStream())) {
      text += part;
      if (text.split('"kind":"range-ended"').length > 50) break;
    }
    assertStringIncludes(text, '"kind":"range-ended"');
    const [, kilobytes] = /^VmHWM:\s*(\d+) kB$/m.exec(
      await Deno.readTextFile(`/proc/${child.pid}/status`),
    )!;
    assert(Number(kilobytes) < 500_000, `${kilobytes} kB`);
    child.kill("SIGTERM");
    child.kill("SIGTERM");
    assertEquals((await child.status).signal, "SIGTERM");
  });
}

for (
  const [option, what] of [["--events", "its events"], ["--joblog", "its log of jobs"]] as const
) {
  Deno.test(`${option} to a pipe without a reader: the run goes on, says so, and can be ended`, async () => {
    await withFolder(async (folder) => {
      const pipe = `${folder}/pipe`;
      await new Deno.Command("mkfifo", { args: [pipe] }).output();
      const args = ["run", "-n", "2", "-c", "1", option, pipe, "--reporter", "plain"];
      await using child = cliCommand([...args, "--", "touch", "{start}"], { cwd: folder }).spawn();
      const errors = child.stderr.pipeThrough(new TextDecoderStream()).getReader();
      await until(() => exists(`${folder}/0`) && exists(`${folder}/1`), "both items are done");
      const said = await readUntil(errors, "wait for a reader");
      assertStringIncludes(said, `pipe: ${what} must wait for a reader`);
      let hasEnded = false;
      child.status.then(() => hasEnded = true);
      await until(async () => {
        // Signals that come at the same time are one.
        signalIfThere(child, "SIGTERM");
        await new Promise((resolve) => setTimeout(resolve, 100));
        return hasEnded;
      }, "it has ended");
      await child.stdout.cancel();
      await errors.cancel();
    });
  });
}

Deno.test("--events to a pipe: a reader that comes late gets all events", async () => {
  await withFolder(async (folder) => {
    const pipe = `${folder}/pipe`;
    await new Deno.Command("mkfifo", { args: [pipe] }).output();
    const args = ["run", "-n", "2", "-c", "1", "--events", pipe, "--reporter", "quiet"];
    await using child = cliCommand([...args, "--", "touch", "{start}"], { cwd: folder }).spawn();
    await until(() => exists(`${folder}/0`) && exists(`${folder}/1`), "both items are done");
    const text = await Deno.readTextFile(pipe);
    assertMatch(text, /"kind":"run-started".*"kind":"run-ended"\}\n$/s);
    await Promise.all([child.stdout.cancel(), child.stderr.cancel()]);
    assertEquals((await child.status).code, 0);
  });
});

Deno.test("stdout is a pipe whose reader sleeps: three SIGTERM end the run", async () => {
  const args = [
    "run",
    "-n",
    "3000",
    "-c",
    "1",
    "-w",
    "2",
    "--output",
    "live",
    "--grace-period",
    "20s",
  ];
  await using child = cliCommand([...args, "--", "sh", "-c", "yes | head -c 100000"]).spawn();
  const reader = child.stdout.getReader();
  await reader.read();
  await new Promise((resolve) => setTimeout(resolve, 500));
  const stoppedAt = performance.now();
  for (let count = 0; count < 3; count++) {
    signalIfThere(child, "SIGTERM");
    // Signals that come at the same time are one.
    await new Promise((resolve) => setTimeout(resolve, 700));
  }
  assertEquals((await child.status).signal, "SIGTERM");
  assert(performance.now() - stoppedAt < 15_000, "it was the grace period that ended it");
  await Promise.all([reader.cancel(), child.stderr.cancel()]);
});

/** Runs the command on a terminal of which nobody reads, and sends signals to it. Prints whether it has ended, and the mode. */
const STUCK_TERMINAL = `
import fcntl, os, pty, struct, sys, termios, time
pid, fd = pty.fork()
if pid == 0:
    os.environ["TERM"] = "xterm"; os.environ.pop("CI", None)
    os.execvp(sys.argv[2], sys.argv[2:])
fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 100, 0, 0))
def is_raw(): return not termios.tcgetattr(fd)[3] & termios.ICANON
for i in range(200):
    if is_raw(): break
    time.sleep(0.1)
raw = is_raw()
if sys.argv[1] == "ctrl-s": os.read(fd, 65536); termios.tcflow(fd, termios.TCOOFF)
# Until the buffer of the terminal is full.
time.sleep(2)
ended = 0
for i in range(3):
    if ended == 0: os.kill(pid, 15); time.sleep(0.7); ended, status = os.waitpid(pid, os.WNOHANG)
for i in range(40):
    if ended == 0: time.sleep(0.1); ended, status = os.waitpid(pid, os.WNOHANG)
cooked = not is_raw()
print("raw" if raw else "not raw", "ended" if ended else "alive", os.WTERMSIG(status), "cooked" if cooked else "still raw")
if ended == 0: os.kill(pid, 9)
`;

for (const how of ["unread", "ctrl-s"]) {
  testWith(
    `a terminal that takes nothing (${how}): three SIGTERM end the run, and restore its mode`,
    needs("python3", POSIX),
    async () => {
      const { command, args } = cliCommandLine([
        ...["run", "-n", "1", "--grace-period", "20s", "--show-log", "--", "sh", "-c"],
        "while :; do yes worker line | head -c 100000; sleep 0.05; done",
      ]);
      const { stdout } = await new Deno.Command("python3", {
        args: ["-c", STUCK_TERMINAL, how, command, ...args],
        stderr: "inherit",
      }).output();
      assertEquals(new TextDecoder().decode(stdout), "raw ended 15 cooked\n");
    },
  );
}
