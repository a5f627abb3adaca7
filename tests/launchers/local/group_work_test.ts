// Signs of work in a process group whose leader may have ended.
import { assert, assertEquals } from "@std/assert";
import { LocalLauncher } from "@lambdawaker/executor/launchers";
import { groupIsAtWork } from "../../../src/launchers/local/group_work.ts";
import { LINUX, needs, testWith } from "../../helpers/needs.ts";
import { until } from "../../helpers/processes.ts";

/** Starts a group of one process, which is killed in the end. */
function start(script: string): { readonly pid: number } & AsyncDisposable {
  const child = new Deno.Command("sh", {
    args: ["-c", script],
    detached: true,
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  return {
    pid: child.pid,
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await child.status;
    },
  };
}

/** Makes each list of the processes take 60 ms, as on a busy machine, and counts them. */
function slowLooks(): { readonly count: number } & Disposable {
  const { readDirSync } = Deno;
  let count = 0;
  Deno.readDirSync = (path) => {
    count++;
    const end = performance.now() + 60;
    while (performance.now() < end);
    return readDirSync(path);
  };
  return {
    get count() {
      return count;
    },
    [Symbol.dispose]() {
      Deno.readDirSync = readDirSync;
    },
  };
}

testWith("a group is at work until a look shows that it is not", needs(LINUX), async () => {
  const isAtWork = ({ pid }: { readonly pid: number }, since: number) =>
    groupIsAtWork(pid, { countsReaders: true, since });
  // This look serves the next questions for a while, and has none of the two groups.
  groupIsAtWork(Deno.pid, { countsReaders: true, since: 0 });
  let gone;
  {
    await using busy = start("while :; do :; done");
    await using idle = start("kill -STOP $$");
    const since = performance.now();
    assertEquals(isAtWork(busy, since), true);
    await until(() => !isAtWork(idle, since), "the idle one is seen");
    assertEquals(isAtWork(busy, since), true);
    gone = busy;
  }
  await until(() => !isAtWork(gone, 0), "its end is seen");
});

testWith("a group is at work until two slow looks show that it is not", needs(LINUX), async () => {
  // It computes for some milliseconds, and sleeps for most of the time.
  const worker = "while :; do i=0; while [ $i -lt 5000 ]; do i=$((i + 1)); done; sleep 0.03; done";
  await using idle = start("kill -STOP $$");
  await using a = start(worker);
  await using b = start(worker);
  await using c = start(worker);
  using looks = slowLooks();
  const since = performance.now();
  const isAtWork = ({ pid }: { readonly pid: number }) =>
    groupIsAtWork(pid, { countsReaders: true, since });
  const silent = new Map([a, b, c].map((group) => [group, 0]));
  while (looks.count < 5) {
    for (const [group, checks] of silent) {
      silent.set(group, isAtWork(group) ? 0 : checks + 1);
      // As many checks in a row cut its output.
      assert(checks < 4, `it is at work, and ${looks.count} looks have begun`);
    }
    assertEquals(isAtWork(idle), looks.count < 2, `${looks.count} looks have begun`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
});

testWith(
  "what was asked before the end of a worker does not count after it",
  needs(LINUX),
  async () => {
    const args = ["-c", "sh -c 'kill -STOP $$' & read -r line"];
    const worker = await new LocalLauncher().launch({ command: "sh", args, stdin: "piped" });
    const output = Promise.all(
      [worker.stdout, worker.stderr].map((one) => new Response(one).text()),
    );
    const isAtWork = () => worker.groupIsAtWork?.();
    try {
      await until(() => isAtWork() === false, "all of it waits");
      await worker.stdin!.close();
      await worker.status;
      assertEquals([isAtWork(), worker.groupIsAlive()], [true, true]);
      await until(() => isAtWork() === false, "what is left waits");
    } finally {
      worker.kill("SIGKILL");
      await Promise.all([output, worker.status]);
    }
  },
);
