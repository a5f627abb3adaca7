// Signals and log lines of real processes.
import { assert, assertEquals } from "@std/assert";
import { needs, testWith } from "../helpers/needs.ts";
import { ofKind, runJob, runScript } from "../helpers/run_job.ts";

Deno.test("signals on stdout are published, and stderr is logged", async () => {
  const result = await runScript(
    "echo MESSAGE: half; printf 'PROGRESS:5\\r\\n'; echo hello; echo PROGRESS: 9 >&2; echo STATUS: success",
  );
  assertEquals(ofKind(result, "message").map(({ text }) => text), ["half"]);
  assertEquals(ofKind(result, "progress").map(({ done }) => done), [5]);
  assertEquals(ofKind(result, "status").map(({ status }) => status), ["SUCCESS"]);
  assertEquals(ofKind(result, "log").flatMap(({ lines }) => lines).sort(), [
    "PROGRESS: 9",
    "hello",
  ]);
});

Deno.test("malformed signals are counted and logged, and are never errors", async () => {
  const result = await runScript("echo PROGRESS: x; echo STATUS: fine; echo PROGRESS: -1");
  assertEquals(result.summary.malformed, 3);
  assert(result.summary.ok);
  assertEquals(ofKind(result, "log").flatMap(({ lines }) => lines), [
    "PROGRESS: x",
    "STATUS: fine",
    "PROGRESS: -1",
  ]);
});

Deno.test("progress that goes backwards or past the range is an anomaly and kept as reported", async () => {
  const result = await runScript("echo PROGRESS: 5; echo PROGRESS: 4; echo PROGRESS: 99");
  assertEquals(result.summary.anomalies, 2);
  assertEquals(ofKind(result, "attempt-ended")[0]?.progress, 99);
  assertEquals(result.summary.doneItems, 10);
});

Deno.test("a last line without a newline counts", async () => {
  const result = await runScript("printf 'PROGRESS: 7'");
  assertEquals(ofKind(result, "attempt-ended")[0]?.progress, 7);
});

Deno.test("the last line of a killed worker does not count without a newline", async () => {
  const result = await runScript("echo PROGRESS: 6; printf 'PROGRESS: 7'; kill -KILL $$");
  assertEquals(ofKind(result, "attempt-ended")[0]?.progress, 6);
  assertEquals(result.summary.failures[0]?.log, ["PROGRESS: 7"]);
});

Deno.test("bytes that are not UTF-8 become U+FFFD, and NULs are kept", async () => {
  const result = await runScript("printf 'MESSAGE: \\377\\376\\000x\\n'");
  assertEquals(ofKind(result, "message").map(({ text }) => text), ["\ufffd\ufffd\0x"]);
});

Deno.test("a line longer than 64 KiB is cut, and the dropped bytes are counted", async () => {
  const result = await runScript("head -c 100000 /dev/zero | tr '\\0' x; echo; echo PROGRESS: 3");
  assertEquals(result.summary.droppedBytes, 100_000 - 65_536);
  assertEquals(ofKind(result, "progress").map(({ done }) => done), [3]);
});

Deno.test("a retry starts with progress 0 and an empty log, and its items are counted once", async () => {
  const result = await runJob(
    { totalItems: 10, numWorkers: 1, maxRetries: 1, retryDelay: 0 },
    ({ attempt }) => ["sh", "-c", `echo try ${attempt}; echo PROGRESS: 8; exit ${2 - attempt}`],
  );
  assertEquals(result.summary.doneItems, 10);
  assertEquals(result.summary.retries, 1);
  assert(result.summary.ok);
  const failing = await runJob(
    { totalItems: 10, numWorkers: 1, maxRetries: 1, retryDelay: 0 },
    ({ attempt }) => ["sh", "-c", `echo try ${attempt}; exit 1`],
  );
  assertEquals(failing.summary.failures[0]?.log, ["try 2"]);
});

const needsPython = needs("python3");

testWith("the progress of a Python worker is read while it runs", needsPython, async () => {
  const folder = await Deno.makeTempDir();
  try {
    // The worker goes on after its first line was read.
    const script = `
import os, time
print("PROGRESS: 1")
while not os.path.exists("${folder}/received"):
    time.sleep(0.01)
print("PROGRESS: 2")`;
    const { summary } = await runJob(
      { totalItems: 2, numWorkers: 1, timeout: 20_000 },
      () => ["python3", "-c", script],
      {
        onEvent: (event) => {
          if (event.kind === "progress" && event.done === 1) {
            Deno.writeTextFileSync(`${folder}/received`, "");
          }
        },
      },
    );
    assert(summary.ok, JSON.stringify(summary.failures[0]?.cause));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
