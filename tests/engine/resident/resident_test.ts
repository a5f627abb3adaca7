// Resident workers with real processes: the framing, and what ends a range.
import { SubprocessExecutor } from "@lambdawaker/executor";
import { type Launcher, LocalLauncher } from "@lambdawaker/executor/launchers";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { busyWorkers } from "../../../src/model/state.ts";
import { causeText } from "../../../src/reporters/wording.ts";
import { withFolder } from "../../helpers/journal.ts";
import { processesWith, uniqueMark, until } from "../../helpers/processes.ts";
import { ofKind, runJob } from "../../helpers/run_job.ts";
import { pidsOf, RESIDENT_WORKER, runResident } from "../../helpers/run_resident.ts";

Deno.test("one process takes all ranges of its worker, in order", async () => {
  const result = await runResident('echo "MESSAGE: $id $start $end"; answer SUCCESS');
  assertEquals(result.summary.counts.SUCCESS, 3);
  assertEquals(pidsOf(result.events).length, 1);
  const started = ofKind(result, "attempt-started");
  assertEquals(started.map(({ process }) => process), [1, 1, 1]);
  assertEquals(ofKind(result, "message").map(({ text }) => text), ["1 0 2", "2 2 4", "3 4 6"]);
});

Deno.test("items come one per line, escaped, and in full", async () => {
  const items = ["a b", "tab\there", "two\nlines", "back\\slash", "cr\rx", "nul\0x", "ünïcödé", ""];
  const result = await runResident('printf "%s" "$items" | sed "s/^/LOG /"', {
    items,
    chunkSize: 8,
  });
  assertEquals(result.summary.counts.SUCCESS, 1);
  const lines = ofKind(result, "log").flatMap(({ lines }) => lines);
  assertEquals(lines, [
    "LOG a b",
    "LOG tab\\there",
    "LOG two\\nlines",
    "LOG back\\\\slash",
    "LOG cr\\rx",
    "LOG nul\\0x",
    "LOG ünïcödé",
    "LOG ",
  ]);
});

Deno.test("an item that is not UTF-8 arrives byte for byte", async () => {
  const result = await runResident('printf "%s" "$items" | od -An -tx1', {
    items: ["\udcff\udc80"],
  });
  const lines = ofKind(result, "log").flatMap(({ lines }) => lines);
  assertEquals(lines.map((line) => line.trim()), ["ff 80 0a"]);
});

Deno.test("the environment says that the worker is resident, and names no range", async () => {
  const result = await runResident("env | grep ^EXECUTOR_ | sort", { totalItems: 1 });
  const lines = ofKind(result, "log").flatMap(({ lines }) => lines);
  const { runId } = result.summary;
  assertEquals(lines, [
    `EXECUTOR_ATTEMPT_ID=${runId}.w0.1`,
    "EXECUTOR_RESIDENT=1",
    `EXECUTOR_RUN_ID=${runId}`,
    "EXECUTOR_TOTAL=1",
    "EXECUTOR_WORKER=0",
  ]);
});

Deno.test("getCommand is called once for each process, with a worker that has no range", async () => {
  const workers: unknown[] = [];
  const { summary } = await runJob(
    { totalItems: 4, chunkSize: 1, numWorkers: 1, resident: true },
    ({ index, extraData, attempt }) => {
      workers.push({ index, extraData, attempt });
      return ["sh", RESIDENT_WORKER, ":"];
    },
  );
  assert(summary.ok);
  const extraData = { startIndex: 0, endIndex: 0, range: -1 };
  assertEquals(workers, [{ index: 0, extraData, attempt: 0 }]);
});

Deno.test("the worker exits at the end of its input", async () => {
  const dir = await Deno.makeTempDir();
  const { summary } = await runJob(
    { totalItems: 2, chunkSize: 1, numWorkers: 2, resident: true },
    () => ["sh", "-c", `sh ${RESIDENT_WORKER} : ; echo bye >${dir}/$EXECUTOR_WORKER`],
  );
  assert(summary.ok);
  const names = Array.from(Deno.readDirSync(dir), ({ name }) => name).sort();
  assertEquals(names, ["0", "1"]);
});

Deno.test("a worker that stays at the end of its input is ended by SIGTERM after the grace period", async () => {
  const dir = await Deno.makeTempDir();
  const script =
    `trap 'echo term >${dir}/end; exit' TERM; sh ${RESIDENT_WORKER} : ; while :; do sleep 0.05; done`;
  const { summary } = await runJob(
    { totalItems: 1, numWorkers: 1, resident: true, gracePeriod: 1_500 },
    () => ["sh", "-c", script],
  );
  assertEquals([summary.ok, summary.forcedKills], [true, 0]);
  assertEquals(await Deno.readTextFile(`${dir}/end`), "term\n");
  // Another one may be about what a shell prints of the signal.
  assertEquals(summary.warnings.slice(0, 1), [
    "a resident worker did not exit at the end of the input after the last answer: no range counts as failed for that",
  ]);
});

for (
  const [how, script] of [
    ["ended with exit code 3", "exit 3"],
    ["crashed with SIGSEGV", "kill -SEGV $$"],
  ]
) {
  Deno.test(`a worker that ${how} after its last answer fails no range, but is told of`, async () => {
    const { summary } = await runJob(
      { totalItems: 4, chunkSize: 1, numWorkers: 2, resident: true },
      () => ["sh", "-c", `sh ${RESIDENT_WORKER} 'sleep 0.1'; ${script}`],
    );
    assert(summary.ok);
    assertEquals(summary.warnings, [
      `2 resident workers ${how} after the last answer: no range counts as failed for that`,
    ]);
  });
}

// What ends a range.

Deno.test("FAILED fails its range, and the same process takes the next one", async () => {
  const result = await runResident("[ $id != 2 ] || answer FAILED");
  assertEquals([result.summary.counts.SUCCESS, result.summary.counts.FAILED], [2, 1]);
  assertEquals(pidsOf(result.events).length, 1);
  const [failure] = result.summary.failures;
  assertEquals(failure?.cause, { kind: "reported", status: "FAILED" });
});

Deno.test("a range that failed is tried again by the same process, under a new id", async () => {
  const result = await runResident('echo "MESSAGE: $id $start"; [ $id != 2 ] || answer FAILED', {
    maxRetries: 1,
  });
  assert(result.summary.ok);
  assertEquals(pidsOf(result.events).length, 1);
  const texts = ofKind(result, "message").map(({ text }) => text);
  assertEquals(texts, ["1 0", "2 2", "3 2", "4 4"]);
});

for (
  const [name, how, cause] of [
    ["exit code 3", "exit 3", "exit code 3"],
    ["exit code 0", "exit 0", "exit code 0"],
    ["a signal", "kill -KILL $$", "SIGKILL"],
  ] as const
) {
  Deno.test(`an end before the answer, by ${name}, fails the range, and another process takes over`, async () => {
    const result = await runResident(`echo "PROGRESS: 1"; [ $start != 2 ] || ${how}`);
    const { counts, failures } = result.summary;
    assertEquals([counts.SUCCESS, counts.FAILED + counts.CRASHED], [2, 1]);
    assertStringIncludes(causeText(failures[0]!.cause), cause);
    assertEquals(pidsOf(result.events).length, 2);
    const processes = ofKind(result, "attempt-started").map(({ process }) => process);
    assertEquals(processes, [1, 1, 2]);
  });
}

Deno.test("an end between two ranges fails none", async () => {
  let spawned = 0;
  async function* items() {
    for (let item = 0; item < 3; item++) {
      yield `${item}`;
      // The next item comes when the process that had this one is gone.
      await until(() => spawned > item, "the process has started");
      await until(() => processesWith(mark).length === 0, "the process has ended");
    }
  }
  const mark = uniqueMark();
  const result = await runResident(`answer SUCCESS; exit 7; : ${mark}`, { items: items() }, {
    onEvent: ({ kind }) => void (spawned += kind === "spawned" ? 1 : 0),
  });
  assertEquals([result.summary.counts.SUCCESS, pidsOf(result.events).length], [3, 3]);
});

Deno.test("the event of a process has its number, also if another one was to take the range", async () => {
  const mark = uniqueMark();
  const pids: number[] = [];
  // With a pace of starts, no range is sent ahead.
  const result = await runResident(`answer SUCCESS; : ${mark}`, { startDelay: 1 }, {
    onEvent(event) {
      if (event.kind === "spawned") pids.push(event.pid);
      if (event.kind !== "attempt-started" || event.range !== 1) return;
      // The executor cannot learn of the end in the meantime.
      Deno.kill(pids[0]!, "SIGKILL");
      while (processesWith(mark).length > 0);
    },
  });
  assertEquals(result.summary.counts.SUCCESS, 3);
  const started = ofKind(result, "attempt-started").map(({ range, process }) => [range, process]);
  assertEquals(started, [[0, 1], [1, 1], [2, 2]]);
  const spawned = ofKind(result, "spawned").map(({ range, process }) => [range, process]);
  assertEquals(spawned, [[0, 1], [1, 2]]);
});

Deno.test("an answer with another id is an anomaly, and no end", async () => {
  const result = await runResident(
    'echo "STATUS: SUCCESS 99"; echo "STATUS: FAILED 0"; echo "STATUS: FINISHED $id"; answered=yes',
    { totalItems: 2 },
  );
  assertEquals([result.summary.counts.FINISHED, result.summary.anomalies], [1, 2]);
  assertEquals(result.summary.warnings, [
    'a resident worker printed "STATUS: SUCCESS 99" with an id that it has not got, which ends no range: it must be like "STATUS: SUCCESS 1", with the id of the range',
  ]);
});

Deno.test("a second answer is no answer to the next range", async () => {
  const result = await runResident("answer SUCCESS; answer SUCCESS");
  assertEquals(result.summary.counts.SUCCESS, 3);
  assert(result.summary.anomalies >= 2, `${result.summary.anomalies} anomalies`);
  assertEquals(result.summary.warnings.slice(0, 1), [
    'a resident worker printed "STATUS: SUCCESS 1" after it had answered that range, which changes nothing: only the first answer counts',
  ]);
});

Deno.test("an answer behind other text ends nothing, and is told of", async () => {
  const result = await runResident(
    'printf "no line end"; echo "STATUS: FAILED $id"; answer SUCCESS',
    { totalItems: 2 },
  );
  assertEquals(result.summary.counts.SUCCESS, 1);
  assertEquals(result.summary.warnings, [
    'a resident worker printed "STATUS: FAILED 1" behind other text, which ends no range: it must begin a line',
  ]);
});

Deno.test("a status without an id ends nothing", async () => {
  const result = await runResident('echo "STATUS: FAILED"; answer SUCCESS', { totalItems: 2 });
  assertEquals(result.summary.counts.SUCCESS, 1);
  assertEquals(result.summary.warnings, [
    'a resident worker printed "STATUS: FAILED" without an id, which ends no range: it must be like "STATUS: SUCCESS 1", with the id of the range',
  ]);
});

Deno.test("a worker that closes its stdout and stays is ended, with the cause, and a new process goes on", async () => {
  const result = await runResident("[ $start != 2 ] || exec >&-; answer SUCCESS", {
    gracePeriod: 500,
    runTimeout: 30_000,
  });
  assertEquals([result.summary.counts.SUCCESS, result.summary.counts.FAILED], [2, 0]);
  assertEquals(result.summary.failures.length, 1);
  assertMatch(causeText(result.summary.failures[0]!.cause), /closed its stdout/);
  assertEquals(pidsOf(result.events).length, 2);
});

// Limits.

Deno.test("a time-out holds for each range, and ends the process", async () => {
  const result = await runResident("echo PROGRESS: 1; [ $start != 2 ] || sleep 60", {
    timeout: 400,
    gracePeriod: 500,
  });
  assertEquals(result.summary.failures.map(({ cause }) => cause), [{ kind: "timeout" }]);
  assertEquals([result.summary.counts.SUCCESS, pidsOf(result.events).length], [2, 2]);
});

Deno.test("a stall ends the process", async () => {
  const result = await runResident("echo PROGRESS: 1; [ $start != 2 ] || sleep 60", {
    stallTimeout: 400,
    gracePeriod: 500,
  });
  assertEquals(result.summary.failures.map(({ cause }) => cause), [{ kind: "stall" }]);
});

for (const isStopped of [false, true]) {
  const name = isStopped ? "a stopped range is outstanding" : "a range crashes";
  Deno.test(`${name} if the launcher's process fails`, async () => {
    const local = new LocalLauncher();
    const control = new AbortController();
    const launcher: Launcher = {
      async launch(command) {
        const process = await local.launch(command);
        const status = process.status.then(() => Promise.reject(new Error("no status")));
        const { pid, stdin, stdout, stderr } = process;
        const kill = (signal: Deno.Signal) => process.kill(signal);
        const groupIsAlive = () => process.groupIsAlive();
        return { pid, stdin, stdout, stderr, status, kill, groupIsAlive };
      },
    };
    const result = await runJob(
      { totalItems: 2, numWorkers: 1, resident: true, logDir: await Deno.makeTempDir() },
      () => [
        "sh",
        RESIDENT_WORKER,
        isStopped ? "echo PROGRESS: 1; exec sleep 60" : "echo PROGRESS: 1; exit 3",
      ],
      {
        launcher,
        signal: control.signal,
        onEvent: ({ kind }) => kind === "progress" && isStopped && control.abort(),
      },
    );
    const [end] = ofKind(result, "attempt-ended");
    assertEquals(end!.cause?.kind, isStopped ? "stopped" : "fault", JSON.stringify(end));
    assertEquals(end!.status, isStopped ? "PENDING" : "CRASHED");
    assertMatch(end!.logFile!, /range-00000\.attempt-1\.log$/);
    assertStringIncludes(await Deno.readTextFile(end!.logFile!), "PROGRESS: 1\n");
  });
}

Deno.test("a process is replaced after its lifespan", async () => {
  const result = await runResident(":", { lifespan: 2, totalItems: 10 });
  assertEquals(result.summary.counts.SUCCESS, 5);
  const processes = ofKind(result, "attempt-started").map(({ process }) => process);
  assertEquals(processes, [1, 1, 2, 2, 3]);
});

// The rest holds as for processes.

Deno.test("retryFrom checkpoint sends what is not safely done", async () => {
  const result = await runResident(
    'echo "MESSAGE: $start $end"; [ $start != 0 ] || { echo PROGRESS: 2; answer CRASHED; }',
    { totalItems: 5, chunkSize: 5, maxRetries: 1, retryFrom: "checkpoint" },
  );
  assert(result.summary.ok);
  assertEquals(ofKind(result, "message").map(({ text }) => text), ["0 5", "2 5"]);
});

Deno.test("strict fails a range whose progress falls short", async () => {
  const result = await runResident("echo PROGRESS: 1", { totalItems: 2, strict: true });
  assertEquals(result.summary.failures[0]?.cause, { kind: "incomplete", done: 1, total: 2 });
});

Deno.test("a stop asks the worker to end: its range is neither done nor failed", async () => {
  const control = new AbortController();
  const result = await runResident("echo PROGRESS: 1; [ $start != 2 ] || sleep 60", {}, {
    signal: control.signal,
    onEvent: (event) => event.kind === "progress" && event.range === 1 && control.abort(),
  });
  const { counts, failures, stopped } = result.summary;
  assertEquals([counts.SUCCESS, failures.length, stopped], [1, 0, 1]);
});

Deno.test("a worker that answers FAILED when the run is stopped has not failed", async () => {
  const control = new AbortController();
  const script =
    `[ $start != 2 ] || { trap 'answer FAILED; exit 1' TERM; sleep 60 & echo PROGRESS: 1; wait; }`;
  const result = await runResident(script, { gracePeriod: 500 }, {
    signal: control.signal,
    onEvent: (event) => event.kind === "progress" && event.range === 1 && control.abort(),
  });
  const { counts, failures, stopped } = result.summary;
  assertEquals([counts.SUCCESS, failures, stopped], [1, [], 1]);
});

Deno.test("a drain lets the range end, and the worker exit", async () => {
  let drain = () => {};
  const result = await runResident("echo PROGRESS: 1; sleep 0.1", {}, {
    onControl: (run) => void (drain = () => run.drain()),
    onEvent: (event) => event.kind === "progress" && event.range === 1 && drain(),
  });
  assertEquals([result.summary.failures.length, result.summary.forcedKills], [0, 0]);
  assertEquals([result.summary.counts.SUCCESS, pidsOf(result.events).length], [2, 1]);
});

Deno.test("a cancelled range ends its process; another one takes the next range", async () => {
  let cancel = (_range: number) => {};
  const result = await runResident("echo PROGRESS: 1; [ $start != 2 ] || sleep 60", {
    gracePeriod: 500,
  }, {
    onControl: (run) => void (cancel = run.cancel),
    onEvent: (event) => event.kind === "progress" && event.range === 1 && cancel(1),
  });
  assertEquals(result.summary.failures.map(({ cause }) => cause), [{ kind: "cancelled" }]);
  assertEquals(result.summary.counts.SUCCESS, 2);
});

Deno.test("workers that are wanted again while their processes end take ranges again", async () => {
  await withFolder(async (folder) => {
    const lingers = `sh ${RESIDENT_WORKER} "$0"; until [ -e ${folder}/go ]; do sleep 0.02; done`;
    const executor = new SubprocessExecutor(
      { totalItems: 1_000, chunkSize: 1, numWorkers: 3, resident: true },
      () => ["sh", "-c", lingers, "sleep 0.05"],
    );
    const run = executor.start([], { handleSignals: false });
    const busy = (count: number) =>
      until(() => busyWorkers(run.state) === count, `${count} workers have ranges`);
    await busy(3);
    run.setWorkers(1);
    await busy(1);
    run.setWorkers(3);
    await Deno.writeTextFile(`${folder}/go`, "");
    await busy(3);
    run.stop();
    await run.summary;
  });
});
