// Signs of work in a process group whose leader may have ended.
import { assertEquals } from "@std/assert";
import { groupIsAtWork } from "../../../src/launchers/local/group_work.ts";
import { LINUX, needs, testWith } from "../../helpers/needs.ts";
import { until } from "../../helpers/processes.ts";

/** Starts a group of one process. */
function start(script: string): Deno.ChildProcess {
  return new Deno.Command("sh", {
    args: ["-c", script],
    detached: true,
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
}

async function end(child: Deno.ChildProcess): Promise<void> {
  child.kill("SIGKILL");
  await child.status;
}

testWith("a group is at work until a look shows that it is not", needs(LINUX), async () => {
  const isAtWork = ({ pid }: Deno.ChildProcess, since: number) =>
    groupIsAtWork(pid, { countsReaders: true, since });
  // This look serves the next questions for a while, and has none of the two groups.
  groupIsAtWork(Deno.pid, { countsReaders: true, since: 0 });
  const [idle, busy] = [start("kill -STOP $$"), start("while :; do :; done")];
  const since = performance.now();
  assertEquals([isAtWork(idle, since), isAtWork(busy, since)], [true, true]);
  await until(() => !isAtWork(idle, since), "the idle one is seen");
  assertEquals(isAtWork(busy, since), true);
  await Promise.all([end(idle), end(busy)]);
  await until(() => !isAtWork(busy, since), "its end is seen");
});
