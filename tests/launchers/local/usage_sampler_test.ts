// Usage of workers: what real processes use, by the measure of time(1), and what a made-up /proc shows.
import type { RunEvent } from "@lambdawaker/executor";
import type { ResourceUse } from "@lambdawaker/executor/events";
import { assert, assertEquals } from "@std/assert";
import type { ProcessUse } from "../../../src/base/process_use.ts";
import type { ProcView } from "../../../src/launchers/local/proc_view.ts";
import { UsageSampler } from "../../../src/launchers/local/usage_sampler.ts";
import { atBestOf } from "../../helpers/at_best_of.ts";
import { runCli } from "../../helpers/cli.ts";
import { LINUX, needs, testWith } from "../../helpers/needs.ts";
import { until } from "../../helpers/processes.ts";

const HOG = new URL("../../fixtures/memory_hog.py", import.meta.url).pathname;

/** Asserts that two figures differ by a tenth of the second one at most, or by `least`. */
function assertNear(actual: number, wanted: number, { least = 0, what = "" } = {}): void {
  const isNear = Math.abs(actual - wanted) <= Math.max(least, wanted / 10);
  assert(isNear, `${what}: ${actual}, but time(1) has ${wanted}`);
}

/**
 * Runs shell commands at once, and returns what each has used. They run in a process of their own: the kernel has one sum for all
 * children of a process, and tests of other files have some here.
 */
async function usageOf(commands: readonly string[]): Promise<(ResourceUse | undefined)[]> {
  const { code, stdout } = await runCli(
    [
      "run",
      "-w",
      `${commands.length}`,
      "--reporter",
      "jsonl",
      "--",
      "sh",
      "-c",
      "{}",
      ":::",
      ...commands,
    ],
  );
  assertEquals(code, 0);
  const events = stdout.trimEnd().split("\n").map((line): RunEvent => JSON.parse(line));
  const usages: (ResourceUse | undefined)[] = [];
  for (const event of events) {
    if (event.kind === "attempt-ended") usages[event.range] = event.usage;
  }
  return usages;
}

// A tick of the clock of the kernel is a hundredth of a second; time(1) itself needs about two megabytes.
for (const [megabytes, busyMs, count] of [[60, 300, 1], [20, 600, 3], [120, 1_000, 2]] as const) {
  testWith(
    `${count} workers of ${busyMs} ms and more have the usage that time(1) measures, to a tenth`,
    needs(LINUX, "/usr/bin/time", "python3"),
    async () => {
      const file = await Deno.makeTempFile();
      const command = (index: number) =>
        `exec /usr/bin/time -f "%U %S %M" -o ${file}.${index} python3 ${HOG} ${megabytes} ${busyMs}`;
      await atBestOf(3, async () => {
        const usages = await usageOf(Array.from({ length: count }, (_, index) => command(index)));
        for (const [index, usage] of usages.entries()) {
          const text = await Deno.readTextFile(`${file}.${index}`);
          const [user = NaN, system = NaN, kilobytes = NaN] = text.split(" ").map(Number);
          assertNear(usage!.cpuSeconds, user + system, { least: 0.03, what: "seconds" });
          assertNear(usage!.peakRss, 1024 * kilobytes, { least: 4 << 20, what: "bytes" });
        }
      });
    },
  );
}

testWith(
  "processes that left the group of their worker, and children that have ended, are part of its usage",
  needs(LINUX, "python3", "setsid"),
  async () => {
    const hog = `python3 ${HOG}`;
    const [usage] = await usageOf([`setsid ${hog} 40 400; ${hog} 5 300; sleep 0.3 & wait`]);
    assert(usage!.cpuSeconds >= 0.7, `${usage!.cpuSeconds}`);
    assert(usage!.peakRss >= 40 << 20, `${usage!.peakRss}`);
  },
);

testWith(
  "a worker of a tenth of a second has a usage, too",
  needs(LINUX),
  async () => {
    await atBestOf(5, async () => {
      const [usage] = await usageOf(["exec sleep 0.1"]);
      assert(usage!.peakRss > 100_000 && usage!.cpuSeconds < 0.1, JSON.stringify(usage));
    });
  },
);

/** A made-up /proc, with processes by their ids. */
function madeUpProc(processes: Map<string, ProcessUse & { peak?: number }>) {
  const read: string[] = [];
  const view: ProcView = {
    isThere: () => true,
    names: () => ["uptime", ...processes.keys()],
    readUse: (pid) => {
      read.push(pid);
      return processes.get(pid);
    },
    readPeak: (pid) => processes.get(pid)?.peak,
    readOwnChildTicks: () => 0,
    pageBytes: () => 1,
  };
  return { view, read };
}

function madeUpProcess(change: Partial<ProcessUse & { peak: number }>) {
  return { parent: 1, group: 0, session: 0, start: 5, ticks: 0, pages: 0, ...change };
}

Deno.test("a look adds up a worker's session, its group and their descendants, and no others", () => {
  const processes = new Map([
    ["10", madeUpProcess({ session: 10, group: 10, pages: 1, ticks: 100 })],
    ["11", madeUpProcess({ session: 10, group: 11, pages: 20, ticks: 10 })],
    ["12", madeUpProcess({ session: 12, group: 12, parent: 11, pages: 300, ticks: 1 })],
    ["13", madeUpProcess({ session: 13, group: 13, parent: 12, pages: 4_000 })],
    ["20", madeUpProcess({ session: 20, group: 20, pages: 50_000 })],
    ["30", madeUpProcess({ session: 30, group: 30, pages: 600_000 })],
  ]);
  const { view, read } = madeUpProc(processes);
  const sampler = new UsageSampler(view);
  const [one, two] = [sampler.add(10), sampler.add(20)];
  sampler.look();
  assertEquals(one.used(0), { cpuSeconds: 1.11, peakRss: 4_321 });
  assertEquals(two.used(0), { cpuSeconds: 0, peakRss: 50_000 });
  // What belongs to no worker is not read again. One that has got another parent is known by then.
  read.length = 0;
  processes.set("13", madeUpProcess({ session: 13, group: 13, parent: 1, pages: 4_100 }));
  processes.delete("12");
  sampler.look();
  assertEquals(one.usage()?.rss, 4_121);
  assert(!read.includes("30"));
  // Its number is that of another process now.
  processes.set("13", madeUpProcess({ session: 13, group: 13, start: 9, pages: 4_100 }));
  sampler.look();
  assertEquals(one.usage()?.rss, 21);
  for (const tree of [one, two]) sampler.end(tree);
});

const FIXTURE = new URL("../../fixtures/watches_usage.ts", import.meta.url).pathname;

testWith(
  "a run whose usage is sampled survives a lack of descriptors, and has samples again",
  needs(LINUX, "prlimit"),
  async () => {
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--quiet", FIXTURE],
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const stderr = new Response(child.stderr).text();
    let text = "";
    const heard = (async () => {
      for await (const part of child.stdout.pipeThrough(new TextDecoderStream())) text += part;
    })();
    const samples = () => text.split("usage").length - 1;
    await until(() => text.includes("limited"), "the worker runs, and there are few descriptors");
    // More than two looks, which come once a second.
    await new Promise((resolve) => setTimeout(resolve, 2_300));
    assertEquals(samples(), 0);
    const args = ["--pid", `${child.pid}`, "--nofile=1000:1000"];
    assert((await new Deno.Command("prlimit", { args }).output()).success);
    await until(() => samples() > 0, "there is a sample");
    const { code } = await child.status;
    await heard;
    assertEquals([code, await stderr], [0, ""]);
  },
);
