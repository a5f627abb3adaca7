import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { type GetCommand, SshLauncher } from "@lambdawaker/executor";
import { eventsIn, withFolder } from "../helpers/journal.ts";
import { until } from "../helpers/processes.ts";
import { ofKind, runJob, runScript } from "../helpers/run_job.ts";
import { argvSamples } from "./argv_samples.ts";
import { Conductor } from "./conductor.ts";
import { commandOf, descendants, isAlive, signal } from "./process_tree.ts";
import { SshHosts } from "./ssh_hosts.ts";
import { assertAllDone, assertNothingCharged, record, witnessed } from "./witness.ts";

const HOSTS = [{ name: "n1", workers: 32 }, { name: "n2", workers: 32 }];
const LEASE = ["--lease", "3s", "--grace-period", "1s", "--retry-delay", "200ms"];

function launcherOf({ config }: SshHosts, workers = 4): SshLauncher {
  const hosts = HOSTS.map(({ name }) => ({ name, workers }));
  return new SshLauncher({ hosts, configFile: config, lease: 3_000 });
}

/** Starts the command line; its workers take so many seconds for each of the items. */
function conduct(
  { config }: SshHosts,
  { folder, items, work, args = [], names = "n1:3,n2:3" }: {
    folder: string;
    items: number;
    work: string;
    args?: string[];
    names?: string;
  },
): Conductor {
  const where = ["--launcher", "ssh", "--hosts", names, "--ssh-config", config];
  return new Conductor(
    ["run", ...where, "-n", `${items}`, "-c", "1", "--reporter", "plain", ...LEASE, ...args],
    { command: witnessed(folder, work), folder },
  );
}

async function untilAtWork(folder: string, workers: number): Promise<void> {
  const begun = () => record(folder).filter((line) => line.endsWith("begin")).length;
  await until(() => begun() >= workers, `${workers} workers are at work`, { patience: 20_000 });
}

Deno.test("ssh: 64 workers work at the same time on two hosts", async () => {
  await using hosts = await SshHosts.up();
  await withFolder(async (folder) => {
    const script = `touch "$2/here-$1"; until [ "$(ls "$2" | grep -c here)" = 64 ]
      do sleep 0.5; done; echo "PROGRESS: 1"`;
    const launcher = launcherOf(hosts, 32);
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

Deno.test("ssh: arguments, environment and directory arrive as they are; codes and signals, too", async () => {
  await using hosts = await SshHosts.up();
  await withFolder(async (cwd) => {
    const samples = argvSamples();
    const script = `pwd; for a; do printf "%s\\0" "$a"; done | od -An -vtx1 | tr -d " \\n"; echo
      [ "$SAMPLE" = "$1" ] || echo other
      [ $((EXECUTOR_START % 2)) = 0 ] && kill -SEGV $$; exit 9`;
    const getCommand: GetCommand = ({ extraData: { rangeIndex } }) => ({
      command: "sh",
      args: ["-c", script, "sh", ...samples[rangeIndex]!],
      env: { SAMPLE: samples[rangeIndex]![0]! },
      cwd,
    });
    const config = { totalItems: samples.length, numWorkers: 4, chunkSize: 1 };
    const result = await runJob(config, getCommand, { launcher: launcherOf(hosts) });
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
});

Deno.test("ssh: a missing directory and a missing program are told, and not tried again", async () => {
  await using hosts = await SshHosts.up();
  const commands = [
    { command: "true", args: [], cwd: "/no/such/place" },
    { command: "no-such-program", args: [] },
  ];
  const config = { totalItems: 2, numWorkers: 2, maxRetries: 3 };
  const result = await runJob(config, ({ index }) => commands[index]!, {
    launcher: launcherOf(hosts),
  });
  const reasons = result.summary.failures.map(({ reason }) => reason).sort();
  assertMatch(reasons[0]!, /^command not found on n\d: no-such-program$/);
  assertMatch(reasons[1]!, /^working directory not found on n\d: \/no\/such\/place$/);
  assertEquals(result.summary.attempts, 2);
});

Deno.test("ssh: a host whose key is not known is one that cannot launch, in ssh's own words", async () => {
  await using hosts = await SshHosts.up({ knowsKeys: false });
  const config = { maxLaunchFailures: 1, retryDelay: 10 };
  const result = await runScript("true", config, { launcher: launcherOf(hosts) });
  assertEquals(result.summary.attempts, 2);
  assertEquals(result.summary.launchFailures, 2);
  assertMatch(result.summary.failures[0]!.reason, /^n\d: Host key verification failed\.$/);
});

Deno.test("ssh: a host that never gives a shell does not hold up a stop, and no client stays", async () => {
  await using hosts = await SshHosts.up({ sshd: "ForceCommand sleep 600" });
  await withFolder(async (folder) => {
    const conductor = conduct(hosts, { folder, items: 6, work: "true" });
    const clients = () => descendants(conductor.pid).filter((pid) => commandOf(pid) === "ssh");
    await until(() => clients().length >= 2, "it connects");
    const connecting = clients();
    const start = performance.now();
    conductor.kill("SIGINT");
    const { signal } = await conductor.end();
    assertEquals(signal, "SIGINT");
    assert(performance.now() - start < 4_000, `${performance.now() - start}`);
    assertEquals(conductor.events("run-ended").length, 1);
    await until(() => !connecting.some(isAlive), "no client is left");
  });
});

Deno.test("ssh: a host that never gives a shell is one that cannot launch", async () => {
  await using hosts = await SshHosts.up({ sshd: "ForceCommand sleep 600" });
  const config = { maxLaunchFailures: 0, retryDelay: 10 };
  const result = await runScript("true", config, { launcher: launcherOf(hosts) });
  assertMatch(result.summary.failures[0]!.reason, /^n\d: no shell within 20 s$/);
});

Deno.test("ssh: a stop is handed on, and a worker that ignores it is killed after the grace", async () => {
  await using hosts = await SshHosts.up();
  const control = new AbortController();
  const script = "trap '' TERM; echo MESSAGE: here; while :; do sleep 0.05; done";
  let stoppedAt = 0;
  const result = await runScript(script, { gracePeriod: 1_000 }, {
    launcher: launcherOf(hosts),
    signal: control.signal,
    onEvent: ({ kind }) => {
      if (kind !== "message") return;
      stoppedAt = performance.now();
      control.abort();
    },
  });
  const [end] = ofKind(result, "attempt-ended");
  assertEquals(end!.exit, { kind: "signaled", signal: "SIGKILL" });
  const took = performance.now() - stoppedAt;
  assert(took >= 900 && took < 3_500, `${took}`);
});

Deno.test("ssh: the ranges of a host that dies end elsewhere, and are not charged for it", async () => {
  await using hosts = await SshHosts.up();
  await withFolder(async (folder) => {
    const conductor = conduct(hosts, { folder, items: 12, work: "sleep 2" });
    await untilAtWork(folder, 6);
    await hosts.kill("n2");
    const { code, text } = await conductor.end();
    assertEquals(code, 0, text);
    assertAllDone(folder, 12);
    assertNothingCharged(conductor.journal);
    const ends = conductor.events("attempt-ended");
    assertEquals(ends.filter(({ exit }) => exit?.kind === "lost").length, 3);
  });
});

Deno.test("ssh: with all clients killed, the ranges run again when their workers have ended", async () => {
  await using hosts = await SshHosts.up();
  await withFolder(async (folder) => {
    const conductor = conduct(hosts, { folder, items: 2, work: "sleep 6" });
    await untilAtWork(folder, 2);
    const clients = descendants(conductor.pid).filter((pid) => commandOf(pid) === "ssh");
    assert(clients.length >= 3);
    for (const pid of clients) signal(pid, "SIGKILL");
    const { code, text } = await conductor.end();
    assertEquals(code, 0, text);
    assertAllDone(folder, 2);
    assertNothingCharged(conductor.journal);
  });
});

Deno.test("ssh: a conductor that is killed leaves nothing behind, and --resume finishes", async () => {
  await using hosts = await SshHosts.up();
  await withFolder(async (folder) => {
    const first = conduct(hosts, { folder, items: 12, work: "sleep 1" });
    await until(() => first.events("range-ended").length >= 3, "some are done");
    const clients = descendants(first.pid);
    const folders = controlFolders(clients);
    assertEquals(folders.length, 1);
    first.kill("SIGKILL");
    await first.end();
    const second = conduct(hosts, { folder, items: 12, work: "sleep 1", args: ["--resume"] });
    const { code, text } = await second.end();
    assertEquals(code, 0, text);
    assertAllDone(folder, 12);
    await until(() => !clients.some(isAlive), "no client is left");
    await assertRejects(() => Deno.stat(folders[0]!), Deno.errors.NotFound);
    assertEquals(eventsIn(second.journal, "range-ended").length, 12);
  });
});

Deno.test("ssh: --resume with other hosts waits until what was left elsewhere has ended", async () => {
  await using hosts = await SshHosts.up();
  await withFolder(async (folder) => {
    // Whoever ends it must do so by force.
    const work = `trap '' TERM HUP; [ -e "$2/again" ] || sleep 30`;
    const first = conduct(hosts, { folder, items: 6, work });
    await untilAtWork(folder, 6);
    await until(() => first.events("spawned").length === 6, "it knows where they are");
    first.kill("SIGKILL");
    await first.end();
    await Deno.writeTextFile(`${folder}/again`, "");
    const second = conduct(hosts, {
      folder,
      items: 6,
      work,
      args: ["--resume"],
      names: "n1:3",
    });
    const { code, text } = await second.end();
    assertEquals(code, 0, text);
    assertAllDone(folder, 6);
    assertMatch(text, /waits 9 s, as an earlier run may have left workers behind: on n2/);
    const startedAt = second.events("run-started").at(-1)!.t;
    const spawned = second.events("spawned")[6]!;
    assert(spawned.t - startedAt >= 8_000, `${spawned.t - startedAt}`);
  });
});

Deno.test("ssh: a host never has more workers than its number, also when another one is dead", async () => {
  await using hosts = await SshHosts.up();
  await withFolder(async (folder) => {
    await hosts.kill("n2");
    const work = `touch "$2/at-$1"; ls "$2" | grep -c at- >>"$2/counts"; sleep 0.3; rm "$2/at-$1"`;
    const conductor = conduct(hosts, { folder, items: 12, work, args: ["-w", "8"] });
    const { code, text } = await conductor.end();
    assertEquals(code, 0, text);
    assertAllDone(folder, 12);
    const counts = Deno.readTextFileSync(`${folder}/counts`).trim().split("\n").map(Number);
    assertEquals(Math.max(...counts), 3);
  });
});

/** The folders that connections have their sockets in. */
function controlFolders(clients: number[]): string[] {
  const found = clients.map(commandLine).map((line) => /\/tmp\/executor-\w+/.exec(line)?.[0]);
  return Array.from(new Set(found.filter((folder) => folder !== undefined)));
}

function commandLine(pid: number): string {
  try {
    return Deno.readTextFileSync(`/proc/${pid}/cmdline`);
  } catch {
    // It has ended meanwhile.
    return "";
  }
}

function hex(text: string): string {
  return Array.from(new TextEncoder().encode(text), (byte) => byte.toString(16).padStart(2, "0"))
    .join("");
}
