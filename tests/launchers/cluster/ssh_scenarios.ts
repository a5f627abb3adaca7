import { assert, assertEquals, assertMatch } from "@std/assert";
import type { GetCommand } from "@lambdawaker/executor";
import { withFolder } from "../../helpers/journal.ts";
import { until } from "../../helpers/processes.ts";
import {
  ofKind,
  runJob,
  RUNS_UNTIL_STOPPED,
  runScript,
  runStopped,
} from "../../helpers/run_job.ts";
import { argvSamples, hex } from "./argv_samples.ts";
import { commandOf, descendants, isAlive } from "./process_tree.ts";
import { SshHosts } from "./ssh_hosts.ts";
import { conduct, launcherOf } from "./ssh_job.ts";
import { inBothWays, inDefaultWay } from "./ways.ts";
import { causeText } from "../../../src/reporters/wording.ts";

/** A command in place of every shell, which says nothing and ends with its connection. */
const SAYS_NOTHING = "ForceCommand while kill -0 $PPID 2>/dev/null; do sleep 0.2; done";

inBothWays("ssh: 64 workers work at the same time on two hosts", async (way) => {
  await using hosts = await SshHosts.up();
  await withFolder(async (folder) => {
    const script = `touch "$2/here-$1"; until [ "$(ls "$2" | grep -c here)" = 64 ]
      do sleep 0.5; done; echo "PROGRESS: 1"`;
    const launcher = launcherOf(hosts, way, 32);
    assertEquals(launcher.capacity(), 64);
    const getCommand: GetCommand = (
      { extraData },
    ) => ["sh", "-c", script, "sh", `${extraData.startIndex}`, folder];
    const result = await runJob({ totalItems: 64 }, getCommand, { launcher });
    assert(result.summary.ok, JSON.stringify(result.summary.failures));
    assertEquals(result.summary.attempts, 64);
    const nodes = Map.groupBy(ofKind(result, "spawned"), ({ node }) => node);
    assertEquals([nodes.get("n1")?.length, nodes.get("n2")?.length], [32, 32]);
  });
});

inBothWays("ssh: workers have a usage, and end at their limit of memory", async (way) => {
  await using hosts = await SshHosts.up();
  const hog = new URL("../../fixtures/memory_hog.py", import.meta.url).pathname;
  const sizes = [["20", "700"], ["200", "60000"]];
  const config = { totalItems: 2, numWorkers: 2, memory: "80M", gracePeriod: 1_000 };
  const getCommand: GetCommand = ({ index }) => ["python3", hog, ...sizes[index]!];
  const result = await runJob(config, getCommand, { launcher: launcherOf(hosts, way) });
  const ends = ofKind(result, "attempt-ended").sort((a, b) => a.range - b.range);
  assertEquals(ends.map(({ cause }) => cause?.kind), [undefined, "out-of-memory"]);
  assertEquals(ends.map(({ usage }) => usage!.peakRss > 80 << 20), [false, true]);
  assert(ends[0]!.usage!.cpuSeconds >= 0.7, JSON.stringify(ends[0]!.usage));
});

inBothWays(
  "ssh: arguments, environment and directory arrive as they are; codes and signals, too",
  async (way) => {
    await using hosts = await SshHosts.up();
    await withFolder(async (cwd) => {
      const samples = argvSamples();
      const script = `pwd; for a; do printf "%s\\0" "$a"; done | od -An -vtx1 | tr -d " \\n"; echo
      [ "$SAMPLE" = "$1" ] || echo other
      [ $((EXECUTOR_START % 2)) = 0 ] && kill -SEGV $$; exit 9`;
      const getCommand: GetCommand = ({ extraData: { range } }) => ({
        command: "sh",
        args: ["-c", script, "sh", ...samples[range]!],
        env: { SAMPLE: samples[range]![0]! },
        cwd,
      });
      const config = { totalItems: samples.length, numWorkers: 4, chunkSize: 1 };
      const result = await runJob(config, getCommand, { launcher: launcherOf(hosts, way) });
      const logs = Map.groupBy(ofKind(result, "log"), ({ range }) => range);
      for (const [range, argv] of samples.entries()) {
        const [place, arrived, ...more] = logs.get(range)!.flatMap(({ lines }) => lines);
        assertEquals(place, cwd);
        assertEquals(arrived, hex(argv.map((arg) => `${arg}\0`).join("")));
        assert(!more.includes("other"));
      }
      for (const { range, exit } of ofKind(result, "attempt-ended")) {
        const isEven = range % 2 === 0;
        assertEquals(
          exit,
          isEven ? { kind: "signaled", signal: "SIGSEGV" } : { kind: "exited", code: 9 },
        );
      }
    });
  },
);

inBothWays(
  "ssh: a missing directory and a missing program are told, and not tried again",
  async (way) => {
    await using hosts = await SshHosts.up();
    const commands = [
      { command: "true", args: [], cwd: "/no/such/place" },
      { command: "no-such-program", args: [] },
    ];
    const config = { totalItems: 2, numWorkers: 2, maxRetries: 3 };
    const result = await runJob(config, ({ index }) => commands[index]!, {
      launcher: launcherOf(hosts, way),
    });
    const reasons = result.summary.failures.map(({ cause }) => causeText(cause)).sort();
    assertMatch(reasons[0]!, /^command not found on n\d: no-such-program$/);
    assertMatch(reasons[1]!, /^working directory not found on n\d: \/no\/such\/place$/);
    assertEquals(result.summary.attempts, 2);
  },
);

inBothWays(
  "ssh: a host whose key is not known is one that cannot launch, in ssh's own words",
  async (way) => {
    await using hosts = await SshHosts.up({ knowsKeys: false });
    const config = { maxLaunchFailures: 1, retryDelay: 10 };
    const result = await runScript("true", config, { launcher: launcherOf(hosts, way) });
    assertEquals(result.summary.attempts, 2);
    assertEquals(result.summary.launchFailures, 2);
    assertMatch(
      causeText(result.summary.failures[0]!.cause),
      /^n\d: Host key verification failed\.$/,
    );
  },
);

inBothWays(
  "ssh: a host that never gives a shell does not hold up a stop, and no client stays",
  async (way) => {
    await using hosts = await SshHosts.up({ sshd: SAYS_NOTHING });
    await withFolder(async (folder) => {
      const executor = conduct(hosts, { folder, items: 6, work: "true", way });
      const clients = () => descendants(executor.pid).filter((pid) => commandOf(pid) === "ssh");
      await until(() => clients().length >= 2, "it connects");
      const connecting = clients();
      const start = performance.now();
      executor.kill("SIGINT");
      const { signal } = await executor.end();
      assertEquals(signal, "SIGINT");
      assert(performance.now() - start < 4_000, `${performance.now() - start}`);
      assertEquals(executor.events("run-ended").length, 1);
      await until(() => !connecting.some(isAlive), "no client is left");
    });
  },
);

inDefaultWay("ssh: a host that never gives a shell is one that cannot launch", async (way) => {
  await using hosts = await SshHosts.up({ sshd: SAYS_NOTHING });
  const config = { maxLaunchFailures: 0, retryDelay: 10 };
  const result = await runScript("true", config, { launcher: launcherOf(hosts, way) });
  assertMatch(causeText(result.summary.failures[0]!.cause), /^n\d: no shell within 20 s$/);
});

inBothWays(
  "ssh: a stop is handed on, and a worker that ignores it is killed after the grace",
  async (way) => {
    await using hosts = await SshHosts.up();
    const { result, took } = await runStopped(`trap '' TERM; ${RUNS_UNTIL_STOPPED}`, {
      launcher: launcherOf(hosts, way),
      gracePeriod: 1_000,
    });
    const [end] = ofKind(result, "attempt-ended");
    assertEquals(end!.exit, { kind: "signaled", signal: "SIGKILL" });
    assert(took >= 900 && took < 3_500, `${took}`);
  },
);
