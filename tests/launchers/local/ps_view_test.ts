// Usage of workers through ps(1): with made-up processes, and with real ones of this machine, as if it had no /proc.
import { type Launcher, LocalLauncher } from "@lambdawaker/executor/launchers";
import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { type PsProcess, readPs } from "../../../src/launchers/local/ps.ts";
import { psView } from "../../../src/launchers/local/ps_view.ts";
import { UsageSampler } from "../../../src/launchers/local/usage_sampler.ts";
import { cliCommandLine } from "../../helpers/cli.ts";
import { needs, POSIX, testWith } from "../../helpers/needs.ts";
import { until } from "../../helpers/processes.ts";
import { ofKind, runScript } from "../../helpers/run_job.ts";

const HOG = new URL("../../fixtures/memory_hog.py", import.meta.url).pathname;

function madeUp(change: Partial<PsProcess>): PsProcess {
  const own = { pid: 1, parent: 0, group: 1, owner: "0", isZombie: false };
  return { ...own, kilobytes: 0, ticks: 0, start: 5_000, ...change };
}

Deno.test("processes are found by their group, their parents and an earlier look, without sessions", () => {
  let processes = [
    madeUp({}),
    madeUp({ pid: 10, parent: 9, group: 10, kilobytes: 1, ticks: 100 }),
    madeUp({ pid: 11, parent: 1, group: 10, kilobytes: 20 }),
    madeUp({ pid: 12, parent: 11, group: 12, kilobytes: 300, ticks: 50 }),
    madeUp({ pid: 13, parent: 12, group: 13, kilobytes: 4_000 }),
    madeUp({ pid: 20, parent: 9, group: 9, kilobytes: 50_000 }),
  ];
  const sampler = new UsageSampler(psView(() => processes));
  const tree = sampler.add(10);
  sampler.look();
  assertEquals(tree.used(0), { cpuSeconds: 1.5, peakRss: 4_321 * 1_024 });
  // One has ended: its time is not that of its parent, but was used. Another one has lost its parent.
  processes = processes.filter(({ pid }) => pid !== 12)
    .map((process) => process.pid === 13 ? { ...process, parent: 1 } : process);
  sampler.look();
  assertEquals(tree.used(0)?.cpuSeconds, 1.5);
  assertEquals(tree.usage()?.rss, 4_021 * 1_024);
  sampler.end(tree);
});

Deno.test("a view through a ps that does not work shows nothing, and keeps what was seen", () => {
  let processes: PsProcess[] | undefined;
  const view = psView(() => processes);
  assertThrows(view.names, Error, "ps does not work");
  const sampler = new UsageSampler(view);
  const tree = sampler.add(10);
  sampler.look();
  assertEquals([tree.usage(), tree.used(0)], [undefined, undefined]);
  processes = [madeUp({ pid: 10, group: 10, kilobytes: 7 })];
  sampler.look();
  processes = undefined;
  sampler.look();
  assertEquals(tree.used(0), { cpuSeconds: 0, peakRss: 7 * 1_024 });
  sampler.end(tree);
});

Deno.test("ps is asked once a second at most, and not sooner for new workers", async () => {
  const looks: number[] = [];
  const sampler = new UsageSampler(psView(() => {
    looks.push(performance.now());
    return [];
  }));
  const begunAt = performance.now();
  const trees = [sampler.add(10), sampler.add(11)];
  await until(() => looks.length > 0, "there is a look");
  trees.push(sampler.add(12));
  await until(() => looks.length > 1, "there is another one");
  // The first look waits for a moment only, as nobody has looked for long.
  assert(looks[0]! - begunAt >= 249, `${looks[0]! - begunAt}`);
  // A new worker would have had it after 250 ms. What is measured begins a moment later than the second that is kept.
  assert(looks[1]! - looks[0]! >= 800, `${looks[1]! - looks[0]!}`);
  for (const tree of trees) sampler.end(tree);
});

testWith(
  "ps shows what a real worker and its processes outside of its group use",
  needs(POSIX, "ps", "python3", "setsid"),
  async () => {
    const sampler = new UsageSampler(psView());
    const hog = `python3 ${HOG}`;
    const child = new Deno.Command("sh", {
      args: ["-c", `setsid ${hog} 40 60000 & ${hog} 20 60000 & wait`],
      detached: true,
    }).spawn();
    const tree = sampler.add(child.pid);
    try {
      await until(() => (tree.usage()?.peakRss ?? 0) > 60 << 20, "the memory of both is seen");
      await until(() => (tree.used(0)?.cpuSeconds ?? 0) >= 2, "their time is seen");
      // All that a process of Python has beside is far less than this.
      assert(tree.usage()!.rss < 160 << 20, `${tree.usage()!.rss}`);
    } finally {
      const own = readPs()!.filter(({ pid, parent }) => pid === child.pid || parent === child.pid);
      for (const { pid } of own) Deno.kill(pid, "SIGKILL");
      await child.status;
      sampler.end(tree);
    }
    sampler.settle();
    assert(tree.used(0)!.cpuSeconds >= 2);
  },
);

/** Launcher of processes whose usage is seen through ps alone. */
function seenByPs(): Launcher {
  const local = new LocalLauncher();
  const sampler = new UsageSampler(psView());
  return {
    launch: (command) => {
      const process = local.launch(command);
      const tree = sampler.add(process.pid!);
      process.status.finally(() => sampler.end(tree));
      const used = () => {
        sampler.settle();
        return tree.used(performance.now());
      };
      return Object.assign(process, { usage: () => tree.usage(), used });
    },
  };
}

testWith(
  "a worker that has more memory than its limit is ended, as ps shows it",
  needs(POSIX, "ps", "python3"),
  async () => {
    const limit = 80 * 2 ** 20;
    const script = `python3 ${HOG} 200 60000 & wait`;
    const result = await runScript(script, { memory: "80M", gracePeriod: 2_000 }, {
      launcher: seenByPs(),
    });
    const [end] = ofKind(result, "attempt-ended");
    const cause = { kind: "out-of-memory", by: "limit", limit } as const;
    assertEquals([end?.status, end?.cause], ["CRASHED", cause]);
    assert(end!.usage!.peakRss > limit, `${end!.usage!.peakRss}`);
    assert(!result.summary.warnings.some((text) => text.includes("limit of memory")));
  },
);

testWith(
  "a worker below its limit is not ended, as ps shows it",
  needs(POSIX, "ps", "python3"),
  async () => {
    const result = await runScript(`exec python3 ${HOG} 20 1500`, { memory: "80M" }, {
      launcher: seenByPs(),
    });
    const [end] = ofKind(result, "attempt-ended");
    assertEquals([result.summary.ok, end?.cause], [true, undefined]);
    assert(end!.usage!.peakRss > 20 << 20, `${end!.usage!.peakRss}`);
  },
);

testWith(
  "a run that may not read /proc keeps the limit of memory through ps",
  needs(POSIX, "ps", "python3"),
  async () => {
    const flags = ["--no-prompt", "--allow-run", "--allow-env", "--quiet"];
    const run = ["run", "--memory", "80M", "--", "sh", "-c", "exec python3 {}", ":::"];
    const { code, stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["run", ...flags, cliCommandLine([]).args.at(-1)!, ...run, `${HOG} 200 60000`],
      stdin: "null",
    }).output();
    assertStringIncludes(new TextDecoder().decode(stdout), "out of memory: its limit is 80 MB");
    assertEquals(code, 1);
  },
);
