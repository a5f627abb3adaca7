// An executor that is killed leaves no worker behind, and its reaper goes, too.
import { assert, assertEquals } from "@std/assert";
import { isStopped } from "../../../src/base/proc.ts";
import { cliCommand } from "../../helpers/cli.ts";
import { exists } from "../../helpers/files.ts";
import { LINUX, needs, ROOT, testWith } from "../../helpers/needs.ts";
import {
  assertNoneLeft,
  environmentOf,
  killIfThere,
  processesWith,
  uniqueMark,
  until,
} from "../../helpers/processes.ts";
import { withFolder } from "../../helpers/journal.ts";
import { writeProgram } from "../../helpers/programs.ts";
import { runJob } from "../../helpers/run_job.ts";
import { isAlive } from "../cluster/process_tree.ts";

const needsProc = needs(LINUX, "setsid");

/** Waits until no process has `mark` on its command line. */
async function untilGone(mark: string): Promise<void> {
  await until(() => processesWith(mark).length === 0, `nothing of ${mark} is left`);
}

/** The reapers of the run whose workers have `mark` on their command line. */
function reaperOf(mark: string): number[] {
  for (const pid of processesWith(mark)) {
    const runId = /EXECUTOR_RUN_ID=([\w-]+)/.exec(environmentOf(pid))?.[1];
    if (runId !== undefined) return processesWith(runId);
  }
  return [];
}

/** What a process has in memory, as proc(5) has it. */
function residentBytes(pid: number): number {
  const status = Deno.readTextFileSync(`/proc/${pid}/status`);
  return 1024 * Number(/^VmRSS:\s*(\d+) kB$/m.exec(status)?.[1]);
}

testWith(
  "SIGKILL to the executor: workers and their children end, by force if need be, and the reaper",
  needsProc,
  async () => {
    const folder = await Deno.makeTempDir();
    try {
      // One obeys, one ignores TERM, one has a child that ignores it.
      const script = `case $EXECUTOR_WORKER in
      1) trap "" TERM ;;
      2) sh -c 'trap "" TERM; while :; do sleep 0.05; done' $0 & ;;
    esac; touch $0/ready-$EXECUTOR_WORKER; while :; do sleep 0.05; done`;
      const args = ["run", "-n", "3", "-w", "3", "--grace-period", "1s", "--reporter", "quiet"];
      const child = cliCommand([...args, "--", "sh", "-c", script, folder], {
        stdout: "null",
        stderr: "null",
      }).spawn();
      await until(() => Array.from(Deno.readDirSync(folder)).length === 3, "workers are ready");
      const reapers = reaperOf(folder);
      assertEquals(reapers.length, 1);
      assert(residentBytes(reapers[0]!) < 3_000_000, `${residentBytes(reapers[0]!)} bytes`);
      child.kill("SIGKILL");
      await child.status;
      await untilGone(folder);
      await until(
        () => !processesWith("executor-reaper").includes(reapers[0]!),
        "the reaper has gone",
      );
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);

testWith(
  "SIGKILL to the executor: a worker that was not announced ends, even if the first look misses it",
  needsProc,
  async () => {
    await withFolder(async (folder) => {
      // The first search for marks finds nothing, as if the worker was in the middle of execve(2).
      const grep = `[ -e ${folder}/found-nothing ] || { touch ${folder}/found-nothing; exit 1; }`;
      await writeProgram(
        `${folder}/grep`,
        `#!/bin/sh\n${grep}\nPATH=/usr/bin:/bin exec grep "$@"\n`,
      );
      const args = ["run", "-n", "1", "--grace-period", "1s", "--reporter", "quiet", "--"];
      const work = ["sh", "-c", "while :; do sleep 0.05; done", folder];
      const child = cliCommand([...args, ...work], {
        env: { PATH: `${folder}:${Deno.env.get("PATH")}` },
        stdout: "null",
        stderr: "null",
      }).spawn();
      await until(() => reaperOf(folder).length === 1, "there is a reaper");
      // From now on, it announces nothing: what starts before an announcement counts as known.
      child.kill("SIGSTOP");
      await until(() => isStopped(child.pid), "the executor is stopped");
      const [first] = processesWith(folder).map(environmentOf)
        .flatMap((text) => /EXECUTOR_RUN_ID=([\w-]+)/.exec(text)?.[1] ?? []);
      const env = { EXECUTOR_RUN_ID: first!, EXECUTOR_ATTEMPT_ID: `${first}.7.1` };
      const silent = { stdin: "null", stdout: "null", stderr: "null" } as const;
      const other = new Deno.Command("sh", { args: work.slice(1), env, ...silent }).spawn();
      child.kill("SIGKILL");
      await child.status;
      await untilGone(folder);
      assert(exists(`${folder}/found-nothing`));
      assertEquals((await other.status).signal, "SIGTERM");
    });
  },
);

testWith(
  "SIGKILL to the executor of root: what has left its group as another user ends",
  needs(LINUX, "setpriv", ROOT),
  async () => {
    const mark = uniqueMark();
    const script = `setpriv --reuid 65534 --clear-groups timeout 100 sh -c "$1" "$0" & wait`;
    const args = ["run", "-n", "1", "--grace-period", "1s", "--reporter", "quiet", "--"];
    const command = ["sh", "-c", script, mark, "while :; do sleep 0.05; done"];
    const child = cliCommand([...args, ...command], { stdout: "null", stderr: "null" }).spawn();
    await until(() => processesWith(mark).some(isOfNobody), "it is there");
    child.kill("SIGKILL");
    await child.status;
    await untilGone(mark);
  },
);

/** Returns whether a process is that of the user to which the test has changed. */
function isOfNobody(pid: number): boolean {
  try {
    return Deno.statSync(`/proc/${pid}`).uid === 65534;
  } catch {
    return false;
  }
}

testWith(
  "SIGKILL to the executor: what has left its group ends, and what a finished attempt left stays",
  needsProc,
  async () => {
    const folder = await Deno.makeTempDir();
    const stays = uniqueMark();
    try {
      const work = "while :; do sleep 0.05; done";
      // One works under timeout(1), one in a session and ignores TERM. One ends well and leaves servers, which start others.
      const script = `case $EXECUTOR_START in
        0) exec >/dev/null 2>&1; cd $0
          setsid sh -c 'touch one; while :; do sleep 0.02; done' ${stays}-one &
          setsid sh -c 'touch two; while :; do setsid sleep 0.02; done' ${stays}-two &
          until [ -e one ] && [ -e two ]; do sleep 0.01; done; exit 0 ;;
        1) touch $0/ready-1; timeout 100 sh -c '${work}' $0 ;;
        2) setsid sh -c 'trap "" TERM; touch $0/ready-2; ${work}' $0 & wait ;;
        3) setsid env -i PATH="$PATH" sh -c '${work}' $0 & touch $0/ready-3; wait ;;
      esac; exit 1`;
      const args = ["run", "-n", "4", "-c", "1", "-w", "3", "--grace-period", "1s"];
      const command = ["--reporter", "quiet", "--", "sh", "-c", script, folder];
      const child = cliCommand([...args, ...command], { stdout: "null", stderr: "null" }).spawn();
      await until(() => Array.from(Deno.readDirSync(folder)).length === 5, "all are ready");
      // Their workers have the names of the servers in their script.
      const servers = () =>
        ["one", "two"].map((name) =>
          processesWith(`${stays}-${name}`, "EXECUTOR_START").length > 0
        );
      // The reaper is told some milliseconds later that their range is over, which cannot be seen from here.
      await new Promise((resolve) => setTimeout(resolve, 300));
      child.kill("SIGKILL");
      await child.status;
      await untilGone(folder);
      assertEquals(servers(), [true, true]);
    } finally {
      for (const pid of processesWith(stays)) killIfThere(pid);
      await Deno.remove(folder, { recursive: true });
    }
  },
);

testWith(
  "SIGKILL to an executor that is itself a worker: its reaper ends its workers, and leaves alone what a hook has started",
  needsProc,
  async () => {
    const folder = await Deno.makeTempDir();
    const stays = uniqueMark();
    const outer = { EXECUTOR_RUN_ID: "outer", EXECUTOR_ATTEMPT_ID: "outer.0.1" };
    const work = "while :; do sleep 0.05; done";
    const silent = { stdin: "null", stdout: "null", stderr: "null" } as const;
    const args = ["-c", work, `${stays}-sibling`];
    await using sibling = new Deno.Command("sh", { args, env: outer, ...silent }).spawn();
    try {
      const hook =
        `until [ -e ${folder}/go ]; do sleep 0.02; done; setsid -f sh -c '${work}' ${stays}-started; touch ${folder}/started; sleep 60`;
      const script = `[ $EXECUTOR_START = 1 ] || exit 1; touch $0/ready; ${work}`;
      const job = ["run", "-n", "2", "-c", "1", "-w", "1", "--grace-period", "1s"];
      const child = cliCommand(
        [...job, "--on-failure", hook, "--reporter", "quiet", "--", "sh", "-c", script, folder],
        { ...silent, env: outer },
      ).spawn();
      await until(() => exists(`${folder}/ready`), "the worker is there");
      // The reaper is told of it some milliseconds later.
      await new Promise((resolve) => setTimeout(resolve, 300));
      await Deno.writeTextFile(`${folder}/go`, "");
      // The hook is on its own command line, and on that of the executor.
      const alive = () =>
        ["sibling", "started"].map((name) => processesWith(`${stays}-${name}`, "until").length > 0);
      // setsid has forked, and has ended.
      await until(() => exists(`${folder}/started`), "the hook has started something");
      assertEquals(alive(), [true, true]);
      child.kill("SIGKILL");
      await child.status;
      await until(() => processesWith(folder, "until").length === 0, "the worker has ended");
      assertEquals(alive(), [true, true]);
    } finally {
      for (const pid of processesWith(stays)) killIfThere(pid);
      await sibling.status;
      await Deno.remove(folder, { recursive: true });
    }
  },
);

/** How a worker has begun, and the program that starts its executor. */
const UNANNOUNCED: [kind: string, args: string[], starter: string[]][] = [
  ["leads its group", [], []],
  ["leads no group yet", ["plain"], []],
  ["leads no group yet, in a session without a leader", ["plain"], [
    ...["setsid", "sh", "-c", '"$@" & until [ -e "$0.leave" ]; do sleep 0.01; done'],
  ]],
];

for (const [kind, args, starter] of UNANNOUNCED) {
  testWith(
    `a reaper finds a worker that it was not told of, by its run's id: one that ${kind}`,
    needsProc,
    async () => {
      const mark = `${await Deno.makeTempDir()}/${uniqueMark()}`;
      const fixture = new URL("../../fixtures/forgets_its_reaper.ts", import.meta.url).pathname;
      const run = [Deno.execPath(), "run", "-A", "--quiet", fixture, mark, ...args];
      const [program, ...rest] = starter.length === 0 ? run : [...starter, mark, ...run];
      const silent = { stdin: "null", stdout: "null", stderr: "null" } as const;
      const child = new Deno.Command(program!, { args: rest, ...silent }).spawn();
      if (starter.length > 0) {
        await Deno.writeTextFile(`${mark}.leave`, "");
        await child.status;
      }
      await Deno.writeTextFile(`${mark}.go`, "");
      await child.status;
      await untilGone(mark);
    },
  );
}

testWith(
  "a run that ends leaves no reaper, and a reaper that is killed does not end the run",
  needsProc,
  async () => {
    let reapers: number[] = [];
    let runId = "";
    const { summary } = await runJob(
      { totalItems: 2, numWorkers: 1, chunkSize: 1 },
      () => ["sleep", "0.2"],
      {
        onEvent: (event) => {
          if (event.kind === "run-started") runId = event.runId;
          if (event.kind !== "spawned" || reapers.length > 0) return;
          reapers = processesWith(runId);
          for (const reaper of reapers) killIfThere(reaper);
        },
      },
    );
    assert(summary.ok);
    assertEquals(reapers.length, 1);
    await runJob({ totalItems: 1 }, () => ["true"], {
      onEvent: (event) => {
        if (event.kind === "run-started") runId = event.runId;
      },
    });
    assertNoneLeft(runId);
  },
);

testWith(
  "SIGKILL to the executor while it ends what an attempt has left: the reaper ends that",
  needsProc,
  async () => {
    const file = `${await Deno.makeTempDir()}/${uniqueMark()}`;
    // The second time that it is asked to end, it does.
    const left =
      `trap 'touch "$0.asked"; trap "touch $0.again; exit" TERM' TERM; touch "$0"; while :; do sleep 0.05; done`;
    const script = `setsid sh -c '${left.replaceAll("'", `'\\''`)}' "$0" >/dev/null 2>&1 &
      until [ -e "$0" ]; do sleep 0.02; done; exit 3`;
    const args = ["run", "-n", "1", "-r", "1", "--grace-period", "60s", "--reporter", "quiet"];
    const child = cliCommand([...args, "--", "sh", "-c", script, file], {
      stdout: "null",
      stderr: "null",
    }).spawn();
    await until(() => exists(`${file}.asked`), "it is asked to end");
    // The reaper is told of it some milliseconds later.
    await new Promise((resolve) => setTimeout(resolve, 200));
    child.kill("SIGKILL");
    await child.status;
    await until(() => exists(`${file}.again`), "only the reaper asks again");
    await untilGone(file);
  },
);

testWith(
  "a reaper takes no group from the environment of the executor",
  needsProc,
  async () => {
    const stranger = new Deno.Command("setsid", { args: ["sleep", "300"], stdin: "null" }).spawn();
    await using _stranger = stranger;
    const executor = cliCommand(
      ["run", "-n", "1", "--grace-period", "1s", "--reporter", "jsonl", "--", "sleep", "301"],
      {
        stdout: "piped",
        stderr: "null",
        env: { [`group_${stranger.pid}`]: "a", NOTES: `a\ngroup_${stranger.pid}=1` },
      },
    ).spawn();
    let worker: number | undefined;
    let text = "";
    for await (const part of executor.stdout.pipeThrough(new TextDecoderStream())) {
      text += part;
      worker = Number(/"kind":"spawned","pid":(\d+)/.exec(text)?.[1]) || undefined;
      if (worker !== undefined) break;
    }
    await until(() => processesWith("sleep").includes(worker!), "its program has begun");
    executor.kill("SIGKILL");
    await executor.status;
    await until(() => !isAlive(worker!), "the reaper has ended the worker");
    assert(isAlive(stranger.pid), "and nothing else");
    stranger.kill("SIGKILL");
  },
);
