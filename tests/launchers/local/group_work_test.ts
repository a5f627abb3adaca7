// Signs of work in a process group whose leader may have ended.
import { assertEquals } from "@std/assert";
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
