// GPUs of real processes: each holds a lock for its GPU, which two processes can never have.
import type { TaskConfig } from "@lambdawaker/executor";
import { assert, assertEquals } from "@std/assert";
import { LocalLauncher } from "@lambdawaker/executor/launchers";
import { visibleGpus } from "../../src/launchers/local/gpus.ts";
import { withFolder } from "../helpers/journal.ts";
import { needs, POSIX, testWith } from "../helpers/needs.ts";
import { type JobResult, ofKind, runJob } from "../helpers/run_job.ts";
import { RESIDENT_WORKER, runResident } from "../helpers/run_resident.ts";

/**
 * Takes one of `$2` locks of its GPU, as long as the process lives, and then runs the script in `$1`. If all are taken, it says so
 * and exits with 99.
 */
const HOLDER = `
lock=$LOCKS/$CUDA_VISIBLE_DEVICES
[ "$CUDA_VISIBLE_DEVICES" = "$HIP_VISIBLE_DEVICES" ] || exit 98
number=0
# A lock names its holder from the beginning.
while ! ln -sn $$ "$lock.$number" 2>/dev/null; do
  holder=$(readlink "$lock.$number")
  # One that was killed could not remove its lock.
  if [ -n "$holder" ] && ! kill -0 "$holder" 2>/dev/null; then rm -f "$lock.$number"; continue; fi
  number=$((number + 1))
  [ $number -lt $2 ] || { echo "GPU $CUDA_VISIBLE_DEVICES is in use"; exit 99; }
done
trap 'rm -f "$lock.$number"' EXIT
eval "$1"
`;

/** Runs a job whose workers hold locks while their script runs. */
async function runHolders(script: string, config: TaskConfig): Promise<JobResult> {
  let result: JobResult | undefined;
  await withFolder(async (LOCKS) => {
    result = await runJob({ retryDelay: 0, ...config }, () => ({
      command: "bash",
      args: ["-c", HOLDER, "holder", script, `${config.perGpu ?? 1}`],
      env: { LOCKS },
    }));
  });
  return result!;
}

/** Checks that no worker found its GPU in use. */
function assertNoConflict(result: JobResult): void {
  const lines = ofKind(result, "log").flatMap(({ lines }) => lines);
  assertEquals(lines.filter((line) => line.includes("in use")), []);
  const codes = ofKind(result, "attempt-ended")
    .flatMap(({ exit }) => exit?.kind === "exited" ? exit.code : []);
  assert(!codes.includes(99) && !codes.includes(98), codes.join());
}

// A number of GPUs stands for some of those.
const isFree = { name: "an environment that names no GPUs", isMet: visibleGpus() === undefined };
const posix = needs(POSIX, "bash", isFree);

testWith("no GPU is used by two workers, and all are used", posix, async () => {
  const result = await runHolders("sleep 0.02", { totalItems: 60, chunkSize: 1, gpus: 3 });
  assertNoConflict(result);
  assert(result.summary.ok);
  const used = new Set(ofKind(result, "spawned").map(({ gpu }) => gpu));
  assertEquals(used, new Set(["0", "1", "2"]));
  assertEquals(result.state.numWorkers, 3, "one worker per GPU");
});

testWith("a GPU is shared by as many workers as may share it", posix, async () => {
  const config = { totalItems: 60, chunkSize: 1, gpus: ["GPU-a", 7], perGpu: 3 };
  const result = await runHolders("sleep 0.02", config);
  assertNoConflict(result);
  assertEquals(result.summary.counts.SUCCESS, 60);
  assertEquals(result.state.numWorkers, 6);
});

testWith("workers that fail, are killed or time out give their GPU back", posix, async () => {
  // A child ignores SIGTERM, and has the GPU as long as it lives.
  const script = `case $EXECUTOR_ATTEMPT$((EXECUTOR_START % 4)) in
    10) exit 3 ;;
    11) kill -9 $$ ;;
    12) (trap '' TERM; sleep 60) & wait ;;
  esac`;
  const config = { totalItems: 24, chunkSize: 1, gpus: 2, maxRetries: 8, timeout: 300 };
  const result = await runHolders(script, { ...config, gracePeriod: 100 });
  assertNoConflict(result);
  assertEquals(result.summary.counts.SUCCESS, 24);
  // On a busy machine, others may time out, too.
  assert(result.summary.retries >= 18, `${result.summary.retries}`);
});

testWith("the GPU of a worker is not given on while a child of it lives", posix, async () => {
  await withFolder(async (folder) => {
    // The worker ends at once. Its child has its pipes closed, and takes a moment to end when it is asked to.
    const script = `f=${folder}/$CUDA_VISIBLE_DEVICES
      [ -e $f ] && { echo in use; exit 99; }
      (trap 'sleep 0.1; rm $f; exit' TERM; : >$f; while :; do sleep 0.01; done) >/dev/null 2>&1 &
      while [ ! -e $f ]; do sleep 0.01; done`;
    const result = await runJob(
      { totalItems: 6, chunkSize: 1, gpus: 2 },
      () => ["sh", "-c", script],
    );
    assertNoConflict(result);
    assertEquals(result.summary.counts.SUCCESS, 6);
  });
});

testWith(
  "getCommand and the events know the GPU, whatever the environment says",
  posix,
  async () => {
    const result = await runJob({ totalItems: 4, chunkSize: 1, gpus: [2, 5] }, ({ gpu, cpus }) => ({
      command: "sh",
      args: ["-c", `echo ${gpu} ${cpus} $CUDA_VISIBLE_DEVICES $HIP_VISIBLE_DEVICES`],
      env: { CUDA_VISIBLE_DEVICES: "0,1,2,3" },
    }));
    const gpus = new Map(ofKind(result, "spawned").map(({ range, gpu }) => [range, gpu]));
    for (const { range, lines } of ofKind(result, "log")) {
      const gpu = gpus.get(range);
      assertEquals(lines, [`${gpu} undefined ${gpu} ${gpu}`]);
    }
    assert(result.state.workers.every(({ gpu }) => gpu === "2" || gpu === "5"));
  },
);

testWith(
  "a resident worker keeps its GPU, and the next process gets a free one",
  posix,
  async () => {
    await withFolder(async (folder) => {
      // Nothing is done before both workers are there: otherwise, one of them might do all.
      const bothAreThere = `: >"${folder}/$CUDA_VISIBLE_DEVICES"
        until [ -e "${folder}/0" ] && [ -e "${folder}/1" ]; do sleep 0.01; done`;
      const script = `echo "gpu $CUDA_VISIBLE_DEVICES"; ${bothAreThere}; [ $id != 3 ] || exit 1`;
      const config = { totalItems: 12, chunkSize: 1, numWorkers: 2, gpus: 2, maxRetries: 1 };
      const result = await runResident(script, config);
      const { summary } = result;
      assert(summary.attempts === 12 + summary.retries && summary.retries >= 1);
      // A process prints the GPU that it was started with.
      const gpuOf = new Map<number, string | undefined>();
      for (const event of result.events) {
        if (event.kind === "spawned") gpuOf.set(event.worker, event.gpu);
        if (event.kind === "log") assertEquals(event.lines, [`gpu ${gpuOf.get(event.worker)}`]);
      }
      // The last process of both workers may have had the same one, if one worker had ended before.
      const gpus = ofKind(result, "spawned").map(({ gpu }) => gpu);
      assertEquals(new Set(gpus), new Set(["0", "1"]));
    });
  },
);

testWith("resident workers never share a GPU", posix, async () => {
  await withFolder(async (LOCKS) => {
    const config = { totalItems: 40, chunkSize: 1, resident: true, lifespan: 3, gpus: 3 };
    const result = await runJob({ ...config, maxRetries: 1, retryDelay: 0 }, () => ({
      command: "bash",
      args: ["-c", HOLDER, "holder", `sh ${RESIDENT_WORKER} 'sleep 0.005'`, "1"],
      env: { LOCKS },
    }));
    assertNoConflict(result);
    assertEquals(result.summary.counts.SUCCESS, 40);
  });
});

testWith(
  "more workers than GPUs are bounded, with a warning, and cannot be added later",
  posix,
  async () => {
    let count = 0;
    const result = await runJob(
      { totalItems: 6, chunkSize: 1, numWorkers: 5, gpus: 2 },
      () => ["sleep", "0.05"],
      {
        onControl: (control) => control.setWorkers(4),
        onEvent: ({ kind }) => kind === "spawned" && count++,
      },
    );
    assertEquals(result.state.numWorkers, 2);
    assertEquals(count, 6);
    const [warning] = result.summary.warnings;
    assertEquals(
      warning,
      "2 workers run at once in place of 5: there are 2 GPUs, and each takes one",
    );
  },
);

testWith(
  "commands that fail and programs that are missing give their GPU back",
  posix,
  async () => {
    const result = await runJob(
      { totalItems: 30, chunkSize: 1, gpus: 1 },
      ({ extraData: { startIndex } }) => {
        if (startIndex % 3 === 0) throw new Error("no command");
        return startIndex % 3 === 1 ? ["/no/such/program"] : ["true"];
      },
    );
    assertEquals(result.summary.counts, { ...result.summary.counts, SUCCESS: 10, CRASHED: 20 });
  },
);

testWith(
  "an attempt that waits for a GPU says so, and may be cancelled",
  posix,
  async () => {
    // A child of the first worker outlives it, and does not end when it is asked to.
    const script = `[ $EXECUTOR_START = 0 ] || exit 0
    (trap '' TERM; : >"$FOLDER/ready"; sleep 60) >/dev/null 2>&1 &
    while [ ! -e "$FOLDER/ready" ]; do sleep 0.01; done`;
    await withFolder(async (FOLDER) => {
      let cancel: ((range: number) => void) | undefined;
      const result = await runJob(
        { totalItems: 3, chunkSize: 1, gpus: 1, gracePeriod: 3_000 },
        () => ({ command: "sh", args: ["-c", script], env: { FOLDER } }),
        {
          onControl: (control) => cancel = (range) => control.cancel(range),
          onEvent: ({ kind }) => kind === "launch-delayed" && cancel!(1),
        },
      );
      const delayed = ofKind(result, "launch-delayed").map(({ range, reason }) => [range, reason]);
      assertEquals(delayed[0], [1, "waits for a GPU"]);
      const ends = new Map(ofKind(result, "range-ended").map((end) => [end.range, end]));
      assertEquals(ends.get(0)?.status, "SUCCESS");
      assertEquals(ends.get(1)?.cause?.kind, "cancelled");
      assertEquals(ends.get(2)?.status, "SUCCESS");
      const leaked = result.events.findIndex(({ kind }) => kind === "leaked");
      const last = result.events.findIndex((event) =>
        event.kind === "spawned" && event.range === 2
      );
      assert(leaked >= 0 && leaked < last, "the last one began when the child was gone");
    });
  },
);

testWith("a process that comes too late has its GPU until it is killed", posix, async () => {
  const local = new LocalLauncher();
  const given = Promise.withResolvers<void>();
  const order: string[] = [];
  let cancel: (() => void) | undefined;
  const result = await runJob(
    { totalItems: 2, chunkSize: 1, gpus: 1, gracePeriod: 50 },
    ({ extraData: { range } }) => ["sh", "-c", range === 0 ? "sleep 60" : ":"],
    {
      launcher: {
        async launch(command) {
          if (command.args[1] === ":") {
            order.push("next");
            return local.launch(command);
          }
          setTimeout(() => cancel!());
          await given.promise;
          const late = local.launch(command);
          late.status.then(() => order.push("late ended"));
          return late;
        },
      },
      onControl: (control) => cancel = () => control.cancel(0),
      onEvent: ({ kind }) => kind === "range-ended" && given.resolve(),
    },
  );
  assertEquals(result.summary.counts, { ...result.summary.counts, SUCCESS: 1, FAILED: 1 });
  assertEquals(order, ["late ended", "next"]);
});
