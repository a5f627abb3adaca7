// Ctrl-Z: the workers and the clocks are suspended with the executor, and go on with it.
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { cliCommand, cliCommandLine } from "../helpers/cli.ts";
import { exists } from "../helpers/files.ts";
import { withFolder } from "../helpers/journal.ts";
import { LINUX, needs, ROOT, testWith } from "../helpers/needs.ts";
import { assertNoneLeft, processesWith, until } from "../helpers/processes.ts";
import { Tmux } from "../helpers/tmux.ts";

const needsProc = needs(LINUX);

/** The state of a process as proc(5) has it: T is stopped, X is one that is gone. */
function stateOf(pid: number): string {
  try {
    const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
    return stat.slice(stat.lastIndexOf(")") + 2)[0]!;
  } catch {
    return "X";
  }
}

/** A job of two workers that are busy until the file `go` is there, and have a child each. */
function start(folder: string, options: string[]): Deno.ChildProcess {
  const script =
    `(touch $0/ready-$EXECUTOR_WORKER; until [ -e $0/go ]; do sleep 0.02; done) & wait; echo STATUS: SUCCESS`;
  return cliCommand(
    [
      "run",
      "-n",
      "2",
      "-w",
      "2",
      "--reporter",
      "plain",
      ...options,
      "--",
      "sh",
      "-c",
      script,
      folder,
    ],
  ).spawn();
}

async function stopped(child: Deno.ChildProcess, folder: string): Promise<void> {
  await until(
    () => exists(`${folder}/ready-0`) && exists(`${folder}/ready-1`),
    "workers are ready",
  );
  child.kill("SIGTSTP");
  await until(() => stateOf(child.pid) === "T", "the executor is stopped");
  const workers = processesWith(folder).filter((pid) => pid !== child.pid);
  assert(workers.length >= 4, `${workers.length} processes`);
  // Z: it had just ended, and its parent is stopped. D: a shell in vfork(2) whose child was stopped before its exec.
  const areStopped = () => workers.every((pid) => "TZDX".includes(stateOf(pid)));
  await until(areStopped, "the workers are stopped");
}

testWith("SIGTSTP stops workers and clocks, SIGCONT lets both go on", needsProc, async () => {
  await withFolder(async (folder) => {
    const child = start(folder, ["--timeout", "1500ms", "--run-timeout", "1600ms"]);
    const output = child.output();
    await stopped(child, folder);
    // Longer than all the time that there is: it must not count.
    await new Promise((resolve) => setTimeout(resolve, 1_700));
    await Deno.writeTextFile(`${folder}/go`, "");
    child.kill("SIGCONT");
    const { code, stdout } = await output;
    const text = new TextDecoder().decode(stdout);
    assertEquals(code, 0, text);
    assertStringIncludes(text, "suspended: workers and clocks are stopped");
    assertStringIncludes(text, "continued");
    assertStringIncludes(text, "sh: 2 done of 2 items");
    assert(/ of 2 items · [01]\.\d s · /.test(text), text);
    assertNoneLeft(folder);
  });
});

testWith(
  "a suspended run can be suspended again, and be stopped when it goes on",
  needsProc,
  async () => {
    await withFolder(async (folder) => {
      const child = start(folder, ["--grace-period", "1m"]);
      const output = child.output();
      await stopped(child, folder);
      child.kill("SIGCONT");
      await until(() => processesWith(folder).every((pid) => stateOf(pid) !== "T"), "all go on");
      await stopped(child, folder);
      child.kill("SIGTERM");
      child.kill("SIGCONT");
      const { signal } = await output;
      assertEquals(signal, "SIGTERM");
      assertNoneLeft(folder);
    });
  },
);

testWith(
  "the workers of a suspended executor that is killed end in order",
  needsProc,
  async () => {
    await withFolder(async (folder) => {
      const child = start(folder, ["--grace-period", "1m"]);
      const output = child.output();
      await stopped(child, folder);
      child.kill("SIGKILL");
      await output;
      await until(() => processesWith(folder).length === 0, "nothing is left");
    });
  },
);

testWith(
  "the first process of a container, which cannot stop itself, is not suspended",
  needs(LINUX, ROOT, "unshare"),
  async () => {
    const script = "kill -TSTP 1; sleep 0.5";
    const { command, args } = cliCommandLine(["run", "-n", "1", "--", "sh", "-c", script]);
    const inContainer = ["unshare", "-pf", "--kill-child", "--mount-proc", command, ...args];
    // Otherwise the worker would be stopped, too, and the run would not end.
    const { code, stdout } = await run("timeout", ["-s", "KILL", "60", ...inContainer]);
    assertEquals(code, 0, stdout);
    assert(!stdout.includes("suspended"), stdout);
  },
);

testWith(
  "in a terminal without a shell, Ctrl-Z has no effect, as nothing could resume the run",
  needs(LINUX, "tmux"),
  async () => {
    await withFolder(async (folder) => {
      await using tmux = new Tmux();
      await tmux.start(80, 24);
      const script = `until [ -e ${folder}/go ]; do sleep 0.05; done; touch ${folder}/done`;
      const { command, args } = cliCommandLine(["run", "-n", "1", "--", "sh", "-c", script]);
      const line = [command, ...args].map((word) => `'${word}'`).join(" ");
      await tmux.type(`exec ${line}`, "Enter");
      await tmux.shows("q finish");
      await tmux.type("C-z", "?");
      // The keys are read in order: the signal has come by now.
      await tmux.shows("more or fewer workers");
      await Deno.writeTextFile(`${folder}/go`, "");
      await until(() => exists(`${folder}/done`), "the worker has ended");
    });
  },
);

async function run(command: string, args: string[]): Promise<{ code: number; stdout: string }> {
  const { code, stdout } = await new Deno.Command(command, { args }).output();
  return { code, stdout: new TextDecoder().decode(stdout) };
}
