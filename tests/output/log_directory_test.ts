// All that an attempt prints, in a file of its own.
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { withFolder } from "../helpers/journal.ts";
import { ofKind, runJob, runScript } from "../helpers/run_job.ts";

Deno.test("stdout and stderr stand in a file per attempt, as they came", async () => {
  await withFolder(async (folder) => {
    const logDir = `${folder}/new/logs/`;
    const result = await runJob(
      { totalItems: 2, chunkSize: 1, numWorkers: 1, maxRetries: 1, retryDelay: 0, logDir },
      ({ extraData: { startIndex }, attempt }) => [
        "sh",
        "-c",
        `echo PROGRESS: 1; echo "$0" >&2; printf '\\377\\0\\033[2Jend'; exit ${startIndex}`,
        `range ${startIndex} attempt ${attempt}`,
      ],
    );
    const names = Array.from(Deno.readDirSync(logDir), ({ name }) => name).sort();
    assertEquals(names, [
      "range-00000.attempt-1.log",
      "range-00001.attempt-1.log",
      "range-00001.attempt-2.log",
    ]);
    const bytes = await Deno.readFile(`${logDir}${names[2]}`);
    const raw = new TextDecoder("latin1").decode(bytes);
    // Of two pipes, nobody knows which one was written to first.
    assertStringIncludes(raw, "range 1 attempt 2\n");
    assertEquals(raw.replace("range 1 attempt 2\n", ""), "PROGRESS: 1\n\xff\0\x1b[2Jend");
    const path = `${folder}/new/logs/range-00001.attempt-2.log`;
    assertEquals(result.summary.failures[0]?.logFile, path);
    assertEquals(ofKind(result, "attempt-ended").at(-1)?.logFile, path);
  });
});

Deno.test("a log holds all of a flood, however slowly it is written", async () => {
  await withFolder(async (folder) => {
    const { summary } = await runScript("seq 1 300000; seq 1 300000 >&2", { logDir: folder });
    assert(summary.ok);
    const text = await Deno.readTextFile(`${folder}/range-00000.attempt-1.log`);
    assertEquals(text.length, 2 * 1_988_895);
  });
});

Deno.test("what a leaked grandchild prints is in the log as long as it is waited for", async () => {
  await withFolder(async (folder) => {
    const { summary } = await runScript("sleep 60 & echo said", { logDir: folder });
    assertEquals([summary.ok, summary.leaked], [true, 1]);
    assertEquals(await Deno.readTextFile(`${folder}/range-00000.attempt-1.log`), "said\n");
  });
});

Deno.test("a log directory that cannot be made is misuse", async () => {
  await assertRejects(
    () => runScript("true", { logDir: "/dev/null/logs" }),
    RangeError,
    'logDir must be a directory that can be made: current value is "/dev/null/logs"',
  );
});
