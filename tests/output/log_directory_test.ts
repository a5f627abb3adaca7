// All that an attempt prints, in a file of its own.
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { withFolder } from "../helpers/journal.ts";
import { SubprocessExecutor } from "@lambdawaker/executor";
import { Journal } from "@lambdawaker/executor/journal";
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
      ".executor-run",
      "range-00000.attempt-1.log",
      "range-00001.attempt-1.log",
      "range-00001.attempt-2.log",
    ]);
    const bytes = await Deno.readFile(`${logDir}${names[3]}`);
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

Deno.test("logs of another run are refused, and so is a run that goes on at the same time", async () => {
  await withFolder(async (folder) => {
    const config = { totalItems: 1, logDir: `${folder}/logs`, results: `${folder}/results` };
    const run = (script: string, onEvent?: () => void) =>
      runJob(config, () => ["sh", "-c", script], { onEvent });
    const during: Promise<unknown>[] = [];
    const refuse = () =>
      assertRejects(
        () => runJob({ ...config, results: undefined }, () => ["sh", "-c", "echo other"]),
        RangeError,
        "logDir must be a directory without logs of another job: name another directory, resume the journal of these logs, or remove them: current value is",
      );
    await run("echo MESSAGE: here; echo mine", () => {
      if (during.length === 0) during.push(refuse());
    });
    await Promise.all(during);
    await refuse();
    assertEquals(
      await Deno.readTextFile(`${folder}/logs/range-00000.attempt-1.log`),
      "MESSAGE: here\nmine\n",
    );
    // The directory of results is not claimed for a run that does not start.
    await Deno.remove(`${folder}/results`, { recursive: true });
    await assertRejects(() => run("true"), RangeError, "logDir must be");
    await Deno.remove(`${folder}/logs`, { recursive: true });
    assert((await run("true")).summary.ok);
    await Deno.remove(`${folder}/logs/.executor-run`);
    const error = await refuse();
    assertStringIncludes(error.message, "(it has a range-00000.attempt-1.log of another run)");
  });
});

Deno.test("a resumed run keeps the log of an attempt that was stopped", async () => {
  await withFolder(async (folder) => {
    const logDir = `${folder}/logs`;
    const control = new AbortController();
    const run = async (script: string, resume: boolean) => {
      const executor = new SubprocessExecutor(
        { totalItems: 1, logDir },
        () => ["sh", "-c", script],
      );
      return await executor.run({ report: ({ kind }) => kind === "log" && control.abort() }, {
        journal: new Journal(`${folder}/run.jsonl`, { resume }),
        signal: resume ? undefined : control.signal,
      });
    };
    assertEquals((await run("echo first; exec sleep 60", false)).stopped, 1);
    assert((await run("echo second", true)).ok);
    const log = (attempt: number) =>
      Deno.readTextFile(`${logDir}/range-00000.attempt-${attempt}.log`);
    assertEquals([await log(1), await log(2)], ["first\n", "second\n"]);
  });
});

Deno.test("a log directory that cannot be made is misuse", async () => {
  await assertRejects(
    () => runScript("true", { logDir: "/dev/null/logs" }),
    RangeError,
    'logDir must be a directory that can be made: current value is "/dev/null/logs"',
  );
});
