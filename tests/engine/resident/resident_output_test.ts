// Output, logs and results of resident workers: each range has its own.
import type { TaskConfig } from "@lambdawaker/executor";
import { OrderedOutput } from "@lambdawaker/executor/output";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { killIfThere, processesWith, uniqueMark } from "../../helpers/processes.ts";
import { type JobOptions, runJob } from "../../helpers/run_job.ts";
import { runResident } from "../../helpers/run_resident.ts";

/** Runs a job of four ranges of one number. */
function runFour(script: string, config: Partial<TaskConfig> = {}, options: JobOptions = {}) {
  return runResident(script, { totalItems: 4, chunkSize: 1, ...config }, options);
}

/** Makes an ordered output, and returns it with what it has written. */
function collect() {
  let text = "";
  const write = (bytes: Uint8Array) =>
    Promise.resolve(void (text += new TextDecoder().decode(bytes)));
  return { output: new OrderedOutput({ write }), written: () => text };
}

Deno.test("ordered output has the lines of each range in its place, and no answers", async () => {
  const { output, written } = collect();
  const { summary } = await runFour(
    'sleep 0.0$((3 - start)); echo "STATUS: RUNNING $id"; echo "range $start"; echo "PROGRESS: 1"; printf "é%s\\n" "$end"',
    { numWorkers: 3 },
    { output },
  );
  assert(summary.ok);
  assertEquals(written(), "range 0\né1\nrange 1\né2\nrange 2\né3\nrange 3\né4\n");
});

Deno.test("what is printed in the same write after an answer belongs to the next range", async () => {
  const { output, written } = collect();
  const { summary } = await runFour(
    'printf "in %s\\nSTATUS: SUCCESS %s\\nafter %s\\n" "$id" "$id" "$id"; answered=yes',
    {},
    { output },
  );
  assert(summary.ok);
  // Nothing follows the last one.
  assertEquals(written(), "in 1\nafter 1\nin 2\nafter 2\nin 3\nafter 3\nin 4\n");
});

Deno.test("what is printed after FAILED belongs to the next range, as after SUCCESS", async () => {
  const { output, written } = collect();
  await runFour(
    'printf "in %s\\nSTATUS: FAILED %s\\nafter %s\\n" "$id" "$id" "$id"; answered=yes',
    { totalItems: 3 },
    { output },
  );
  assertEquals(written(), "in 1\nafter 1\nin 2\nafter 2\nin 3\n");
});

Deno.test("the warning of output that is cut names the range that a process has got last", async () => {
  const mark = uniqueMark();
  const { summary } = await runResident(
    `[ "$start" != 2 ] || { setsid sh -c 'while :; do sleep 0.1; done' ${mark} & }`,
    { totalItems: 3, chunkSize: 1 },
  );
  for (const pid of processesWith(mark)) killIfThere(pid);
  assertEquals(summary.warnings.length, 2, summary.warnings.join());
  assertStringIncludes(summary.warnings[0]!, "the output of range 2 may be incomplete");
});

Deno.test("output after the last answer is dropped with a warning", async () => {
  const { summary } = await runFour('answer SUCCESS; echo "after $id"', { totalItems: 2 });
  assert(summary.ok);
  assertEquals(summary.warnings, [
    "resident workers printed 8 bytes after their last answers: these belong to no range and are not kept",
  ]);
});

Deno.test("a range gets all of its stderr, however slowly that is taken", async () => {
  const taken: string[] = [];
  const output = {
    range: (index: number) => ({
      begin() {},
      stdout() {},
      async stderr(bytes: Uint8Array) {
        const text = new TextDecoder().decode(bytes);
        await new Promise((resolve) => setTimeout(resolve, 50));
        taken.push(`${index}: ${text}`);
      },
      end: () => void taken.push(`${index} ends`),
    }),
  };
  // The rest of a line is taken before the lines behind it.
  const { summary } = await runFour(
    "printf a$start >&2; sleep 0.02; printf 'b\\nc\\n' >&2; sleep 0.02",
    { totalItems: 2 },
    { output },
  );
  assert(summary.ok);
  assertEquals(taken.join("").replaceAll(/(\d: )/g, ""), "a0b\nc\n0 endsa1b\nc\n1 ends");
});

Deno.test("a range that is tried again has the output of its last attempt only", async () => {
  const { output, written } = collect();
  await runFour(
    'echo "id $id"; [ $id != 2 ] || answer FAILED',
    { maxRetries: 1, totalItems: 3 },
    { output },
  );
  assertEquals(written(), "id 1\nid 3\nid 4\n");
});

Deno.test("logs and results are those of the range; stderr before a failure is in them", async () => {
  const dir = await Deno.makeTempDir();
  const { summary } = await runFour(
    'echo "out $start"; echo "why $start" >&2; [ $start = 3 ] || answer FAILED',
    { logDir: `${dir}/logs`, results: `${dir}/results` },
  );
  for (const range of [0, 1, 2]) {
    const log = await Deno.readTextFile(`${dir}/logs/range-0000${range}.attempt-1.log`);
    assertStringIncludes(log, `out ${range}\n`);
    assertStringIncludes(log, `why ${range}\n`);
    assertStringIncludes(log, `STATUS: FAILED ${range + 1}\n`);
    const results = `${dir}/results/range-0000${range}`;
    assertEquals(await Deno.readTextFile(`${results}/stdout`), `out ${range}\n`);
    assertEquals(await Deno.readTextFile(`${results}/stderr`), `why ${range}\n`);
  }
  assertEquals(await Deno.readTextFile(`${dir}/results/range-00003/stdout`), "out 3\n");
  assertEquals(summary.failures.map(({ log }) => log.toSorted()), [
    ["out 0", "why 0"],
    ["out 1", "why 1"],
    ["out 2", "why 2"],
  ]);
});

Deno.test("a flood of output between answers is read to its end, whatever the outputs take", async () => {
  const { output, written } = collect();
  const { summary } = await runFour("seq 1 20000", { totalItems: 3 }, { output });
  assert(summary.ok);
  const flood = Array.from({ length: 20_000 }, (_, index) => `${index + 1}\n`).join("");
  assert(written() === flood.repeat(3), "each line is there once, in its place");
});

Deno.test("a worker that does not read its stdin cannot hold up the executor", async () => {
  const items = Array.from({ length: 3 }, () => "x".repeat(300_000));
  const { summary } = await runJob(
    { items, chunkSize: 3, numWorkers: 1, resident: true, timeout: 500, gracePeriod: 300 },
    () => ["sh", "-c", "echo PROGRESS: 1; echo here; sleep 60"],
  );
  assertEquals(summary.failures.map(({ cause }) => cause), [{ kind: "timeout" }]);
});

Deno.test("output that cannot be kept fails its range, and the process goes on", async () => {
  let writes = 0;
  const output = new OrderedOutput({
    write: () => ++writes === 2 ? Promise.reject(new Error("disk full")) : Promise.resolve(),
  });
  const { summary, events } = await runFour('echo "$start"', {}, { output });
  assertEquals(summary.exitCode, 1);
  assertEquals(events.filter(({ kind }) => kind === "spawned").length, 1);
});

Deno.test("ordered output keeps the order of the items, though workers are sent ranges ahead", async () => {
  for (const chunkSize of [1, { time: 5 }]) {
    const { output, written } = collect();
    const script = 'i=$start; while [ $i -lt $end ]; do echo "$i"; i=$((i + 1)); done';
    const config = { totalItems: 600, numWorkers: 3, chunkSize };
    const { summary } = await runFour(script, config, { output });
    assert(summary.ok);
    assertEquals(written(), Array.from({ length: 600 }, (_, index) => `${index}\n`).join(""));
  }
});

Deno.test("a stop writes what has ended, and nothing of the ranges that were sent ahead", async () => {
  const { output, written } = collect();
  let stop = () => {};
  const { summary } = await runFour(
    'echo "$start"; [ $start != 50 ] || { echo "PROGRESS: 0"; sleep 60; }',
    { totalItems: 200, gracePeriod: 300 },
    {
      output,
      onControl: (run) => void (stop = () => run.stop()),
      onEvent: ({ kind }) => kind === "progress" && stop(),
    },
  );
  assertEquals([summary.counts.SUCCESS, summary.stopped], [50, 1]);
  assertEquals(written(), Array.from({ length: 50 }, (_, index) => `${index}\n`).join(""));
});
