// The kernel's OOM kill: made-up counters, and real kills in a control group with little memory.
import { assert, assertEquals } from "@std/assert";
import { KernelKills } from "../../../src/launchers/local/kernel_kills.ts";
import { runCli } from "../../helpers/cli.ts";
import { MEMORY_GROUP, memoryGroup } from "../../helpers/memory_group.ts";
import { LINUX, needs, testWith } from "../../helpers/needs.ts";
import { ofKind, runJob } from "../../helpers/run_job.ts";

const HOG = new URL("../../fixtures/memory_hog.py", import.meta.url).pathname;
const KILLED = { isKilled: true };
const BY_SHELL = { isKilled: false };

/** Makes a system with counters. `set` writes a file of it. */
async function madeUpSystem() {
  const root = await Deno.makeTempDir();
  const set = (path: string, text: string) => {
    const file = `${root}/${path}`;
    Deno.mkdirSync(file.slice(0, file.lastIndexOf("/")), { recursive: true });
    Deno.writeTextFileSync(file, text);
  };
  const count = (kills: number) => set("proc/vmstat", `nr_free_pages 5\noom_kill ${kills}\n`);
  const events = (group: string, kills: number) =>
    set(`groups/${group}/memory.events`, `oom 9\noom_kill ${kills}\noom_group_kill 0\n`);
  count(3);
  const places = { proc: `${root}/proc`, groups: `${root}/groups`, mayRead: () => true };
  return { kills: new KernelKills(places), set, count, events };
}

Deno.test("a kill that only the system counts is likely, and explains one end", async () => {
  const { kills, count } = await madeUpSystem();
  kills.begin();
  const [a, b] = [kills.watch(1), kills.watch(2)];
  assertEquals(a.explain(KILLED), undefined);
  count(4);
  assertEquals([a.explain(KILLED), b.explain(KILLED)], ["likely", undefined]);
});

Deno.test("ends are explained in any order, though a later worker has begun after a kill", async () => {
  const { kills, count } = await madeUpSystem();
  kills.begin();
  const first = kills.watch(1);
  count(4);
  kills.look();
  const second = kills.watch(2);
  count(5);
  assertEquals([second.explain(KILLED), first.explain(KILLED)], ["likely", "likely"]);
  assertEquals(kills.watch(3).explain(KILLED), undefined);
});

Deno.test("a kill before the start of a worker does not explain its end", async () => {
  const { kills, count } = await madeUpSystem();
  kills.begin();
  kills.watch(1);
  count(4);
  kills.look();
  assertEquals(kills.watch(2).explain(KILLED), undefined);
});

Deno.test("a kill that the worker's group (v2) counts is certain (a made-up tree)", async () => {
  const { kills, count, events, set } = await madeUpSystem();
  kills.begin();
  events("jobs/w1", 2);
  set("proc/1/cgroup", "0::/jobs/w1\n");
  const watch = kills.watch(1);
  watch.look();
  count(4);
  events("jobs/w1", 3);
  assertEquals(watch.explain(KILLED), "certain");
});

Deno.test("a process that ends, and is in the group at the top for a moment, was in the group before", async () => {
  const { kills, count, events, set } = await madeUpSystem();
  kills.begin();
  events("jobs/w1", 2);
  events(".", 0);
  set("proc/1/cgroup", "0::/jobs/w1\n");
  const watch = kills.watch(1);
  watch.look();
  set("proc/1/cgroup", "0::/\n");
  watch.look();
  count(4);
  events("jobs/w1", 3);
  assertEquals(watch.explain(KILLED), "certain");
});

Deno.test("a group that counts no kill shows that its member was killed by something else", async () => {
  const { kills, count, events, set } = await madeUpSystem();
  kills.begin();
  events("unified/jobs", 2);
  set("proc/1/cgroup", "0::/jobs\n");
  set("proc/2/cgroup", "0::/jobs\n");
  const [one, other] = [kills.watch(1), kills.watch(2)];
  one.look();
  other.look();
  count(4);
  assertEquals(one.explain(KILLED), undefined);
  // The command of a shell may have been in another group.
  count(5);
  assertEquals(other.explain(BY_SHELL), "likely");
});

Deno.test("a worker that was never seen began in the group of this process", async () => {
  const { kills, count, events, set } = await madeUpSystem();
  events("own", 0);
  set("proc/self/cgroup", "0::/own\n");
  kills.begin();
  const [one, other] = [kills.watch(1), kills.watch(2)];
  count(4);
  assertEquals(one.explain(KILLED), undefined);
  count(5);
  events("own", 1);
  assertEquals(other.explain(KILLED), "likely");
});

Deno.test("the first workers are judged by the counts of a little later, and not if they have ended by then", async () => {
  const { kills, count } = await madeUpSystem();
  const [early, late] = [kills.watch(1), kills.watch(2)];
  count(4);
  assertEquals(early.explain(KILLED), undefined);
  kills.begin();
  count(5);
  assertEquals(late.explain(KILLED), "likely");
});

Deno.test("nothing is known where there are no counters", () => {
  const kills = new KernelKills({ proc: "/nowhere", groups: "/nowhere", mayRead: () => true });
  kills.begin();
  assertEquals(kills.watch(1).explain(KILLED), undefined);
});

testWith(
  "a worker that somebody else kills with SIGKILL did not run out of memory",
  needs(LINUX),
  async () => {
    const { summary } = await runJob(
      { totalItems: 1 },
      () => ["sh", "-c", "sleep 0.1; kill -KILL $$"],
    );
    assertEquals(summary.failures[0]?.cause, { kind: "signal", signal: "SIGKILL" });
  },
);

const NEEDS = needs(LINUX, "python3", MEMORY_GROUP);

testWith(
  "the kernel's kill of a worker is named as such, and counted by its group (v1)",
  NEEDS,
  async () => {
    await using group = memoryGroup(60e6);
    const script = `echo $$ > ${group.procs}; sleep 0.4; exec python3 "$0" 200 0`;
    const result = await runJob({ totalItems: 1 }, () => ["sh", "-c", script, HOG]);
    const [end] = ofKind(result, "attempt-ended");
    assertEquals(end?.exit, { kind: "signaled", signal: "SIGKILL" });
    assertEquals([end?.status, end?.cause], ["CRASHED", { kind: "out-of-memory", by: "kernel" }]);
  },
);

testWith(
  "the kernel's kill of a shell's command is likely, as only the system counts it",
  NEEDS,
  async () => {
    await using group = memoryGroup(60e6);
    const script = `sh -c 'echo $$ > ${group.procs}; exec python3 "$0" 200 0' "$0"; exit $?`;
    const result = await runJob({ totalItems: 1 }, () => ["sh", "-c", script, HOG]);
    const [end] = ofKind(result, "attempt-ended");
    assertEquals(end?.exit, { kind: "exited", code: 137 });
    assertEquals(end?.cause, { kind: "out-of-memory", by: "kernel", isLikely: true });
  },
);

testWith(
  "the command says so, retries only what ran out of memory, and names the largest item",
  NEEDS,
  async () => {
    await using group = memoryGroup(60e6);
    const script = `[ {item} = good ] && exit 3
    echo $$ > ${group.procs}; sleep 0.4; exec python3 ${HOG} 200 0`;
    const { code, stdout } = await runCli([
      ...["run", "-w", "2", "--items", "-", "--reporter", "plain", "--no-journal"],
      ...["-r", "1", "--retry-delay", "0s", "--retry-on", "oom", "--", "sh", "-c", script],
    ], { input: "good\nbad\n" });
    assertEquals(code, 1);
    assert(/item 0 \(good\) after 1 attempt: exit code 3/.test(stdout), stdout);
    assert(
      /\(bad\) after 2 attempts: killed by the kernel for want of memory/.test(stdout),
      stdout,
    );
    assert(/most memory: item 1 \(bad\), \d+ MB/.test(stdout), stdout);
  },
);
