// A reaper that dies or stops is noticed, said and replaced. It holds up neither the start nor the work nor the end of a run.
import { assert, assertEquals, assertMatch } from "@std/assert";
import { cliCommand, cliCommandLine } from "../../helpers/cli.ts";
import { withFolder } from "../../helpers/journal.ts";
import { LINUX, needs, testWith } from "../../helpers/needs.ts";
import {
  assertNoneLeft,
  environmentOf,
  processesWith,
  uniqueMark,
  until,
} from "../../helpers/processes.ts";
import { ofKind, runJob } from "../../helpers/run_job.ts";
import { writeProgram } from "../../helpers/programs.ts";

const needsProc = needs(LINUX);
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** An executor with two workers that never end, one of which ignores SIGTERM; its output grows in `said`. */
interface Guarded {
  readonly child: Deno.ChildProcess;
  readonly mark: string;
  readonly said: { text: string };
  readonly read: Promise<void>;
}

async function startGuarded(env: Record<string, string> = {}): Promise<Guarded> {
  const mark = uniqueMark();
  const script = `[ $EXECUTOR_WORKER = 0 ] || trap "" TERM; while :; do /bin/sleep 0.05; done`;
  const child = cliCommand([
    ...["run", "-n", "2", "-w", "2", "--grace-period", "1s", "--reporter", "plain"],
    ...["--", "/bin/sh", "-c", script, mark],
  ], { stderr: "null", env }).spawn();
  const said = { text: "" };
  const read = (async () => {
    for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) said.text += text;
  })();
  // The executor itself has it on its command line, too.
  await until(() => processesWith(mark).length >= 3, "workers are there");
  return { child, mark, said, read };
}

/** Kills the executor, and checks that its workers and its reapers end. */
async function killExecutor({ child, mark, read }: Guarded): Promise<void> {
  const runIds = runIdsOf(mark);
  child.kill("SIGKILL");
  await child.status;
  await read;
  await until(() => processesWith(mark).length === 0, "the workers have ended");
  for (const id of runIds) await until(() => processesWith(id).length === 0, "no reaper is left");
}

/** The ids of the run whose workers have `mark` on their command line. */
function runIdsOf(mark: string): Set<string> {
  const ids = processesWith(mark).map((pid) =>
    /EXECUTOR_RUN_ID=([\w-]+)/.exec(environmentOf(pid))?.[1]
  );
  return new Set(ids.filter((id) => id !== undefined));
}

/** The reapers of the run whose workers have `mark` on their command line. */
function reapersOf({ mark }: Guarded): number[] {
  return Array.from(runIdsOf(mark)).flatMap((id) => processesWith(id));
}

/** Waits until there is a reaper that is none of `others`. */
async function anotherReaper(guarded: Guarded, others: number[]): Promise<number> {
  let found: number | undefined;
  const isThere = () => {
    const reapers = reapersOf(guarded);
    found = reapers.find((pid) => !others.includes(pid));
    return found !== undefined && reapers.length === 1;
  };
  await until(isThere, "there is another reaper, and no other one", { patience: 20_000 });
  return found!;
}

for (
  const [signal, words] of [
    ["SIGKILL", "was ended by SIGKILL"],
    ["SIGSTOP", "was stopped"],
  ] as const
) {
  testWith(`${signal} to the reaper: another one knows all workers`, needsProc, async () => {
    const guarded = await startGuarded();
    const reaper = await anotherReaper(guarded, []);
    Deno.kill(reaper, signal);
    await anotherReaper(guarded, [reaper]);
    const warning =
      `warning: the reaper (process ${reaper}) ${words}: another one has taken its place`;
    await until(() => guarded.said.text.includes(warning), "it is said");
    await killExecutor(guarded);
  });
}

testWith(
  "a reaper that is traced or stopped for a moment is not replaced",
  needsProc,
  async () => {
    const guarded = await startGuarded();
    const reaper = await anotherReaper(guarded, []);
    Deno.kill(reaper, "SIGSTOP");
    await pause(200);
    Deno.kill(reaper, "SIGCONT");
    await pause(1_500);
    assertEquals(reapersOf(guarded), [reaper]);
    assertEquals(/reaper/.test(guarded.said.text), false, guarded.said.text);
    await killExecutor(guarded);
  },
);

testWith(
  "an executor that is stopped does not take its reaper for stopped",
  needsProc,
  async () => {
    const guarded = await startGuarded();
    const reaper = await anotherReaper(guarded, []);
    const pids = [guarded.child.pid, reaper];
    for (const pid of pids) Deno.kill(pid, "SIGSTOP");
    await pause(1_500);
    for (const pid of pids) Deno.kill(pid, "SIGCONT");
    await pause(1_000);
    assertEquals(reapersOf(guarded), [reaper]);
    await killExecutor(guarded);
  },
);

testWith(
  "a reaper that is killed again and again is replaced after pauses",
  needsProc,
  async () => {
    const guarded = await startGuarded();
    const killed: number[] = [];
    for (let kills = 0; kills < 7; kills++) {
      const reaper = await anotherReaper(guarded, killed);
      killed.push(reaper);
      Deno.kill(reaper, "SIGKILL");
    }
    // At most one pause of a second lies between the last kills.
    await anotherReaper(guarded, killed);
    await until(() => guarded.said.text.includes("there is a reaper again"), "it is said");
    assertMatch(
      guarded.said.text,
      /ended by SIGKILL, as 5 before it: until there is another one, workers would survive an executor that is killed/,
    );
    await killExecutor(guarded);
  },
);

testWith("where there is no shell, the run goes on, and the risk is said", needsProc, async () => {
  await withFolder(async (folder) => {
    const shell = `${folder}/sh`;
    await Deno.symlink("/bin/sh", shell);
    const guarded = await startGuarded({ PATH: folder });
    const reaper = await anotherReaper(guarded, []);
    await Deno.remove(shell);
    Deno.kill(reaper, "SIGKILL");
    await until(() => /there is no other one/.test(guarded.said.text), "the risk is said");
    assertMatch(guarded.said.text, /workers would survive an executor that is killed: .*sh/);
    await Deno.symlink("/bin/sh", shell);
    await until(() => guarded.said.text.includes("there is a reaper again"), "it is said");
    await killExecutor(guarded);
  });
});

testWith(
  "a stopped reaper holds up neither the work nor the end of a run",
  needsProc,
  async () => {
    let reapers: number[] = [];
    let runId = "";
    const begun = performance.now();
    const result = await runJob(
      { totalItems: 100, numWorkers: 4, chunkSize: 1 },
      () => ["sleep", "0.02"],
      {
        onEvent: (event) => {
          if (event.kind === "run-started") runId = event.runId;
          if (event.kind !== "spawned" || reapers.length > 0) return;
          reapers = processesWith(runId);
          for (const reaper of reapers) Deno.kill(reaper, "SIGSTOP");
        },
      },
    );
    assert(result.summary.ok);
    assertEquals(reapers.length, 1);
    const took = performance.now() - begun;
    assert(took < 10_000, `${took} ms`);
    assertNoneLeft(runId);
  },
);

testWith("one that is stopped at the very end neither, and it is said", needsProc, async () => {
  let runId = "";
  const result = await runJob({ totalItems: 1 }, () => ["sleep", "0.1"], {
    onEvent: (event) => {
      if (event.kind === "run-started") runId = event.runId;
      if (event.kind !== "attempt-ended") return;
      for (const reaper of processesWith(runId)) Deno.kill(reaper, "SIGSTOP");
    },
  });
  assert(result.summary.ok);
  const [{ text } = { text: "" }, ...others] = ofKind(result, "warning");
  assertMatch(text, /^the reaper \(process \d+\) was stopped, and was killed after the work$/);
  assertEquals(others, []);
  assertNoneLeft(runId);
});

testWith("the summary has the warning", needsProc, async () => {
  const mark = uniqueMark();
  const { command, args } = cliCommandLine(["run", "-n", "1", "--reporter", "plain", "--"]);
  const child = new Deno.Command(command, {
    args: [...args, "sh", "-c", "sleep 1.5; :", mark],
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const output = child.output();
  await until(() => runIdsOf(mark).size === 1, "the worker is there");
  const [runId = ""] = runIdsOf(mark);
  await until(() => processesWith(runId).length === 1, "the reaper is there");
  Deno.kill(processesWith(runId)[0]!, "SIGKILL");
  const { code, stdout } = await output;
  assertEquals(code, 0);
  const text = new TextDecoder().decode(stdout);
  assertMatch(text, /^warning: the reaper .* another one has taken its place$/m);
  assertMatch(text, /^ *! the reaper .* another one has taken its place$/m);
});

/** Starts the fixture that keeps a reaper; `shell` is the script that it has as its shell. */
async function startKeeper(folder: string, shell: string): Promise<Omit<Guarded, "mark">> {
  await writeProgram(`${folder}/sh`, `#!/bin/sh\n${shell}\n`);
  const fixture = new URL("../../fixtures/keeps_reaper.ts", import.meta.url).pathname;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", fixture, folder],
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const said = { text: "" };
  const read = (async () => {
    for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) said.text += text;
  })();
  return { child, said, read };
}

/** Lets a hook start, and waits until the fixture is over. */
async function startHook({ child, said, read }: Omit<Guarded, "mark">): Promise<void> {
  child.kill("SIGUSR2");
  await until(() => said.text.endsWith("it is over\n"), "it is over", { patience: 20_000 });
  assertEquals((await child.status).code, 0);
  await read;
  assertMatch(said.text, /the hook starts\n/);
}

testWith("a hook starts, though no reaper reads what it is told", needsProc, async () => {
  await withFolder(async (folder) => {
    const keeper = await startKeeper(folder, "kill -STOP $$");
    try {
      const words = "until there is another one, workers would survive";
      await until(() => keeper.said.text.includes(words), "it waits", { patience: 30_000 });
      await startHook(keeper);
    } finally {
      await kill(keeper.child);
    }
  });
});

testWith("the reaper is told the time, though nothing else is new", needsProc, async () => {
  await withFolder(async (folder) => {
    const told = `${folder}/told`;
    const keeper = await startKeeper(folder, `exec /bin/cat >>${told}`);
    try {
      const times = () => new Set(readIfThere(told).match(/^@ \d+$/gm));
      await until(() => times().size >= 2, "it was told twice");
      await startHook(keeper);
    } finally {
      await kill(keeper.child);
    }
  });
});

async function kill(child: Deno.ChildProcess): Promise<void> {
  try {
    child.kill("SIGKILL");
  } catch {
    // It has ended.
  }
  await child.status;
}

function readIfThere(file: string): string {
  try {
    return Deno.readTextFileSync(file);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  }
}
