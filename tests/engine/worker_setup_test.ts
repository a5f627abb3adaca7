// Threads, processors and priority of real workers.
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { processorNumbers } from "../../src/base/processors.ts";
import { threadsPerWorker, threadVariables } from "../../src/engine/worker_setup.ts";
import { LINUX, needs, POSIX, testWith } from "../helpers/needs.ts";
import { type JobResult, ofKind, runJob } from "../helpers/run_job.ts";

const VARIABLES = [
  "OMP_NUM_THREADS",
  "OPENBLAS_NUM_THREADS",
  "MKL_NUM_THREADS",
  "VECLIB_MAXIMUM_THREADS",
  "NUMEXPR_NUM_THREADS",
  "NUMEXPR_MAX_THREADS",
  "POLARS_MAX_THREADS",
  "RAYON_NUM_THREADS",
];

function linesOf(result: JobResult): string[] {
  return ofKind(result, "log").flatMap(({ lines }) => lines);
}

Deno.test("automatic threads are the CPUs divided by the workers, at least one each", () => {
  const all = navigator.hardwareConcurrency;
  const auto = { threads: "auto" } as const;
  assertEquals(threadsPerWorker(auto, 1), all);
  assertEquals(threadsPerWorker(auto, 2), Math.max(1, Math.floor(all / 2)));
  assertEquals(threadsPerWorker(auto, 10 * all), 1);
  // A run whose work is done has no workers.
  assertEquals(threadsPerWorker(auto, 0), all);
  assertEquals(threadsPerWorker({ ...auto, cpus: 3 }, 2), 3, "each has that many for itself");
  assertEquals(threadsPerWorker({ threads: 5, cpus: 3 }, 2), 5);
  assertEquals(threadsPerWorker({ cpus: 3 }, 2), undefined);
});

Deno.test("the variables of threads are those of all libraries, unless a command sets them", () => {
  const all = threadVariables({ threads: 4 });
  assertEquals(Object.keys(all).toSorted(), VARIABLES.toSorted());
  const others = threadVariables({ threads: 4 }, { MKL_NUM_THREADS: "1" });
  assertEquals(Object.keys(others).length, VARIABLES.length - 1);
  assertEquals(threadVariables({}), {});
});

testWith(
  "a worker gets its threads in its environment, unless its command sets them",
  needs(POSIX),
  async () => {
    const result = await runJob({ totalItems: 1, threads: 3 }, ({ cpus }) => ({
      command: "sh",
      args: ["-c", `echo ${cpus} $OMP_NUM_THREADS $RAYON_NUM_THREADS $POLARS_MAX_THREADS`],
      env: { RAYON_NUM_THREADS: "8" },
    }));
    assertEquals(linesOf(result), ["3 3 8 3"]);
  },
);

testWith(
  "a nice worker has a higher niceness than the executor, and stays the leader of its group",
  needs(LINUX, "nice"),
  async () => {
    const own = new Deno.Command("nice").outputSync();
    const before = Number(new TextDecoder().decode(own.stdout));
    const result = await runJob(
      { totalItems: 1, nice: 3 },
      () => ["sh", "-c", "nice; cut -d' ' -f1,5 /proc/$$/stat; exit 7"],
    );
    const [niceness, ids = ""] = linesOf(result);
    assertEquals(Number(niceness), Math.min(19, before + 3));
    const { pid, argv } = ofKind(result, "spawned")[0]!;
    assertEquals(ids.trim().split(/\s+/).map(Number), [pid, pid]);
    assertEquals(argv.slice(0, 4), ["nice", "-n", "3", "sh"]);
    const [end] = ofKind(result, "attempt-ended");
    assertEquals(end?.exit, { kind: "exited", code: 7 });
  },
);

testWith("no two workers have the same CPU for themselves", needs(LINUX, "taskset"), async () => {
  const script = "sed -n 's/^Cpus_allowed_list:[^0-9]*//p' /proc/self/status; sleep 0.02";
  const result = await runJob({ totalItems: 12, chunkSize: 1, cpus: 1 }, ({ cpus }) => {
    assertEquals(cpus, 1);
    return ["sh", "-c", script];
  });
  assert(result.summary.ok);
  const most = Math.min(processorNumbers()!.length, navigator.hardwareConcurrency);
  assertEquals(result.state.numWorkers, Math.min(12, most));
  // Which worker has which one may change. But while one has it, no other does.
  const allowed = new Map(ofKind(result, "log").map(({ range, lines }) => [range, lines[0]!]));
  const holders = new Map<string, number>();
  for (const event of result.events) {
    if (event.kind === "spawned") {
      const cpu = allowed.get(event.range)!;
      assert(/^\d+$/.test(cpu), cpu);
      assertEquals(holders.get(cpu), undefined);
      holders.set(cpu, event.range);
    }
    if (event.kind === "attempt-ended") holders.delete(allowed.get(event.range)!);
  }
});

testWith(
  "a resident worker keeps its CPUs, and may be nice as well",
  needs(LINUX, "taskset", "nice"),
  async () => {
    const worker = new URL("../fixtures/resident_worker.sh", import.meta.url).pathname;
    const script = "sed -n 's/^Cpus_allowed_list:[^0-9]*//p' /proc/self/status";
    const result = await runJob(
      { totalItems: 6, chunkSize: 1, cpus: 1, numWorkers: 1, nice: 1, resident: true },
      () => ["sh", worker, script],
    );
    assert(result.summary.ok);
    assertEquals(new Set(linesOf(result)).size, 1);
    const { argv } = ofKind(result, "spawned")[0]!;
    assertStringIncludes(argv.join(" "), "nice -n 1 taskset -c ");
  },
);
