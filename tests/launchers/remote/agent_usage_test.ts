// What remote workers use: an agent tells it, and a limit of memory holds for them.
import { assert, assertEquals, assertMatch } from "@std/assert";
import { type RunEvent, SubprocessExecutor } from "@lambdawaker/executor";
import type { Launcher, WorkerCommand } from "@lambdawaker/executor/launchers";
import { BOOTSTRAP } from "../../../src/launchers/remote/agent.ts";
import { RemoteProcess } from "../../../src/launchers/remote/remote_process.ts";
import { agentIn, converse, inEachShell as inShells } from "../../helpers/agent.ts";
import { withFolder } from "../../helpers/journal.ts";
import { LINUX } from "../../helpers/needs.ts";
import { isAlive } from "../cluster/process_tree.ts";
import { until } from "../../helpers/processes.ts";
import { ofKind, runScript } from "../../helpers/run_job.ts";

const HOG = new URL("../../fixtures/memory_hog.py", import.meta.url).pathname;
const MB = 2 ** 20;

const inEachShell = (name: string, test: (shell: string[]) => Promise<void>) =>
  inShells(name, test, [LINUX, "python3"]);

inEachShell("the processes of a worker are counted together", async (shell) => {
  const hog = `python3 ${HOG} 50 1500`;
  const result = await runScript(`setsid ${hog} & ${hog}; wait`, {}, { launcher: agentIn(shell) });
  const { usage } = ofKind(result, "attempt-ended")[0]!;
  assert(usage!.peakRss > 100 * MB && usage!.peakRss < 200 * MB, JSON.stringify(usage));
  assert(usage!.cpuSeconds >= 3 && usage!.cpuSeconds < 4, JSON.stringify(usage));
  assertEquals(result.summary.largest?.peakRss, usage!.peakRss);
});

inEachShell("the time of children that no look has seen counts, to a tick", async (shell) => {
  // The last line has the time of the shell and of the children that it has waited for.
  const script = `sleep 0.1; for i in 1 2 3 4 5 6 7 8; do python3 ${HOG} 1 20; done
    read -r line </proc/$$/stat; echo "$line"`;
  const result = await runScript(script, {}, { launcher: agentIn(shell) });
  const [line] = ofKind(result, "log").flatMap(({ lines }) => lines);
  const ticks = line!.split(" ").slice(13, 17).reduce((sum, field) => sum + Number(field), 0);
  assert(ticks >= 16, line);
  const { usage } = ofKind(result, "attempt-ended")[0]!;
  assert(Math.abs(usage!.cpuSeconds - ticks / 100) < 0.025, `${usage!.cpuSeconds}, ${ticks}`);
});

inEachShell("a process that has lost its parent is still counted", async (shell) => {
  await withFolder(async (folder) => {
    const work = `import os, time
def wait(name):
    while not os.path.exists("${folder}/" + name): time.sleep(0.05)
while time.process_time() < 0.5: pass
wait("alone")
while time.process_time() < 1: pass
wait("seen")`;
    const parent =
      `python3 -c "$0" & until [ -e ${folder}/known ]; do sleep 0.05; done; touch ${folder}/alone`;
    // cat ends with the last process that holds the pipe, whose parent has ended before.
    const script = `setsid sh -c '${parent}' '${work}' | cat`;
    const command: WorkerCommand = { command: "sh", args: ["-c", script] };
    const worker = await agentIn(shell).launch(command) as RemoteProcess;
    for (const stream of [worker.stdout, worker.stderr]) stream.cancel();
    const seconds = () => worker.used()?.cpuSeconds ?? 0;
    await until(() => seconds() >= 0.5, "it is known");
    await Deno.writeTextFile(`${folder}/known`, "");
    await until(() => seconds() >= 1, "it is counted without its parent");
    await Deno.writeTextFile(`${folder}/seen`, "");
    assertEquals(await worker.status, { kind: "exited", code: 0 });
    assert(seconds() >= 1 && seconds() < 1.5, `${seconds()}`);
  });
});

inEachShell("a worker that has more memory than its limit is ended", async (shell) => {
  const memory = 80 * MB;
  const script = `python3 ${HOG} 50 60000 & echo $!; python3 ${HOG} 50 60000`;
  const result = await runScript(script, { memory, gracePeriod: 1_000 }, {
    launcher: agentIn(shell),
  });
  const [end] = ofKind(result, "attempt-ended");
  assertEquals(end?.cause, { kind: "out-of-memory", by: "limit", limit: memory });
  assert(end!.usage!.peakRss > memory, JSON.stringify(end!.usage));
  const [pid] = ofKind(result, "log").flatMap(({ lines }) => lines);
  await until(() => !isAlive(Number(pid)), "nothing of it is left");
});

inEachShell("whoever watches a run sees what a remote worker uses now", async (shell) => {
  const seen: number[] = [];
  const report = (event: RunEvent) => {
    if (event.kind === "usage") seen.push(event.usage.rss);
  };
  const command = ["python3", HOG, "40", "2500"];
  const executor = new SubprocessExecutor({ totalItems: 1 }, () => command, {
    launcher: agentIn(shell),
  });
  const { ok } = await executor.run({ report, wantsUsage: true }, { handleSignals: false });
  assertEquals(ok, true);
  assert(seen.some((rss) => rss > 40 * MB), JSON.stringify(seen));
});

inEachShell(
  "an agent that does not see its processes tells nothing, and the limit is a warning",
  async ([command = "", ...args]) => {
    // In a subshell, /proc/self is another process than $$, as with the /proc of another namespace.
    const client = { command, args: [...args, "-c", `( ${BOOTSTRAP[2]} ); exit $?`] };
    const launcher: Launcher = {
      launch: (command) =>
        RemoteProcess.start(client, { command, gracePeriod: 1_000, lease: 3_000 }),
    };
    const result = await runScript(`exec python3 ${HOG} 100 2500`, { memory: 80 * MB }, {
      launcher,
    });
    assertEquals([result.summary.ok, ofKind(result, "attempt-ended")[0]!.usage], [true, undefined]);
    assertEquals(result.summary.warnings.map((text) => text.split(":")[0]), [
      "the limit of memory has no effect",
    ]);
  },
);

inEachShell("an answer that nobody reads holds up neither signals nor the lease", async (shell) => {
  const lease = 2_000;
  const launcher = agentIn(shell, { lease });
  const worker = await launcher.launch({ command: "yes", args: [] }) as RemoteProcess;
  const reader = worker.stdout.getReader();
  await reader.read();
  // The pipe stays full for longer than the lease, and so does the agent's answer in it.
  await new Promise((resolve) => setTimeout(resolve, lease + 500));
  worker.kill("SIGTERM");
  const { pid = NaN } = await worker.placement ?? {};
  await until(() => !isAlive(pid), "it has ended");
  reader.releaseLock();
  // The process that gives the answer may hold the pipe for a moment longer than the agent.
  await Promise.all(
    [worker.stdout, worker.stderr].map((stream) => stream.pipeTo(new WritableStream())),
  );
  assertEquals(await worker.status, { kind: "signaled", signal: "SIGTERM" });
});

inEachShell("a look at a worker that has ended tells nothing", async (shell) => {
  await withFolder(async (folder) => {
    const wait = (name: string) => `until [ -e ${folder}/${name} ]; do sleep 0.05; done`;
    // What it leaves in its group is alive when it has ended.
    const script = `( trap '' TERM; ${wait("all")} ) & ${wait("worker")}`;
    const end = (name: string) => () => Deno.writeTextFileSync(`${folder}/${name}`, "");
    const { text } = await converse(shell, {
      lease: 60_000,
      words: [
        ...[/nonce START /, "USE\n", /nonce USE \d+ \d+ \d+\n/, end("worker")],
        ...[/nonce EXIT code 0 - alive \d+\n/, "USE\n", /nonce USE\s*\n/, end("all")],
      ],
      script,
    });
    assertMatch(text, /nonce USE \d+ \d+ \d+\n[^]*nonce EXIT code 0 [^]*nonce USE\s*\n/);
  });
});
