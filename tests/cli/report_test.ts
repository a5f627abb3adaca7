// `executor report`, on journals of real runs.
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { HistoryChanges } from "../../src/report/history/wire.ts";
import { decodeChanges } from "../../src/report/history/wire.ts";
import { cliCommand, runCli } from "../helpers/cli.ts";
import { eventsIn, runRecorded, withFolder } from "../helpers/journal.ts";
import { until } from "../helpers/processes.ts";
import { MadeUp } from "../report/made_up.ts";
import type { Cause } from "@lambdawaker/executor/events";

/** What the page is given. */
function dataOf(html: string): HistoryChanges {
  const json = /<script type="application\/json" id="data">([^<]*)<\/script>/.exec(html)![1]!;
  return decodeChanges(json);
}

const SCRIPT = "echo PROGRESS: 1; echo so far so good; exit $((EXECUTOR_START % 3 == 1))";

/** A journal of nine ranges, of which three fail twice. */
function record(path: string): Promise<unknown> {
  return runRecorded(
    { totalItems: 9, chunkSize: 1, numWorkers: 2, maxRetries: 1, retryDelay: 10 },
    () => ["sh", "-c", SCRIPT],
    { path, command: ["sh", "-c", SCRIPT] },
  );
}

Deno.test("executor report writes a page that has all attempts of the journal", async () => {
  await withFolder(async (folder) => {
    const [journal, page] = [`${folder}/run.jsonl`, `${folder}/run.html`];
    await record(journal);
    const { code, stdout, stderr } = await runCli(["report", journal, "-o", page]);
    assertEquals([code, stdout, stderr], [0, "", ""]);
    const { attempts, facts, failures } = dataOf(await Deno.readTextFile(page));
    const ended = eventsIn(journal, "attempt-ended");
    const key = (a: { range: number; attempt: number; status: string; cause?: Cause }) =>
      `${a.range} ${a.attempt} ${a.status} ${JSON.stringify(a.cause)}`;
    assertEquals(attempts.map(([, record]) => key(record)).sort(), ended.map(key).sort());
    assertEquals([facts.title, facts.phase, facts.counts.FAILED], ["sh", "ended", 3]);
    assertEquals(failures.map(([, { log, cause }]) => [log, cause]), [
      [["so far so good"], { kind: "exit", code: 1 }],
    ]);
  });
});

Deno.test("executor report --format trace writes trace events, to standard output too", async () => {
  await withFolder(async (folder) => {
    const journal = `${folder}/run.jsonl`;
    await record(journal);
    const { code, stdout } = await runCli(
      ["report", journal, "--format", "trace", "--title", "Nine"],
    );
    assertEquals(code, 0);
    const { traceEvents, otherData } = JSON.parse(stdout);
    const spans = traceEvents.filter(({ ph }: { ph: string }) => ph === "X");
    assertEquals([spans.length, otherData.title], [12, "Nine"]);
    const html = await runCli(["report", journal, "-o", "-"]);
    assert(html.stdout.startsWith("<!doctype html>") && html.stdout.endsWith("</html>\n"));
  });
});

Deno.test("executor report ends quietly when its reader closes the pipe", async () => {
  await withFolder(async (folder) => {
    const journal = `${folder}/run.jsonl`;
    await record(journal);
    const child = cliCommand(["report", journal]).spawn();
    await child.stdout.cancel();
    const [{ code }, stderr] = await Promise.all([child.status, new Response(child.stderr).text()]);
    assertEquals([code, stderr], [0, ""]);
  });
});

Deno.test("executor report shows the journals of a running and of a killed run", async () => {
  await withFolder(async (folder) => {
    const journal = `${folder}/run.jsonl`;
    const args = ["run", "-n", "2", "-w", "1", "-c", "1", "--reporter", "quiet"];
    const child = cliCommand([...args, "--journal", journal, "--", "sleep", "600"], {
      stdout: "null",
      stderr: "null",
    }).spawn();
    await until(
      () =>
        Deno.readTextFile(journal).then((text) => text.includes("attempt-started"), () => false),
      "a worker has begun",
    );
    const status = async () => {
      const { stdout, code, stderr } = await runCli(["report", journal]);
      assertEquals([code, stderr], [0, ""]);
      const { facts, attempts } = dataOf(stdout);
      return [facts.phase, attempts.map(([, { status }]) => status).join()];
    };
    assertEquals(await status(), ["running", "RUNNING"]);
    child.kill("SIGKILL");
    await child.status;
    assertEquals(await status(), ["lost", "LOST"]);
  });
});

Deno.test("executor run --report writes the page, and --serve prints its URL", async () => {
  await withFolder(async (folder) => {
    const page = `${folder}/run.html`;
    const { code, stderr } = await runCli(
      ["run", "-n", "3", "--report", page, "--serve", "--title", "Three", "--", "true"],
    );
    assertEquals(code, 0);
    assertMatch(stderr, /^executor: live page at http:\/\/127\.0\.0\.1:\d+\/[\w-]{22}\/\n$/);
    assertEquals(dataOf(await Deno.readTextFile(page)).facts.title, "Three");
  });
});

Deno.test("executor report explains in a sentence what is wrong", async () => {
  await withFolder(async (folder) => {
    const file = async (name: string, text: string) => {
      await Deno.writeTextFile(`${folder}/${name}`, text);
      return `${folder}/${name}`;
    };
    const run = () => new MadeUp().run(0, { ranges: 1, numWorkers: 1 });
    await new Deno.Command("mkfifo", { args: [`${folder}/pipe`] }).output();
    const good = await file("good", `${run()}`);
    const wrong: [args: string[], said: RegExp][] = [
      [[], /there is no journal to report: name one, as in executor report/],
      [[`${folder}/none`], /the journal \S+none cannot be read: No such file/],
      [[folder], /the journal \S+ must be a file: it is a directory/],
      [[`${folder}/pipe`], /the journal \S+pipe must be a file: it is a pipe/],
      [[`${folder}/pipe`, "--format", "tsv"], /the journal \S+pipe must be a file: it is a pipe/],
      [[await file("empty", "")], /the journal \S+empty contains no run/],
      [
        [await file("text", "hello\nworld\n")],
        /the journal \S+text cannot be read as line 1 is not JSON/,
      ],
      [
        [await file("tail", `${new MadeUp().at(0, { kind: "run-ended" })}`)],
        /the journal \S+tail cannot be read as line 1 comes before any event run-started/,
      ],
      [
        [await file("many", `${run().start(1, [7, 0, 1])}`)],
        /the journal \S+many cannot be read as line 2 has an event of a worker that the run does not/,
      ],
      [
        [
          await file(
            "huge",
            `${run().at(1, { kind: "pool-resized", numWorkers: 1e12 }).start(1, [1e11, 0, 1])}`,
          ),
        ],
        /the journal \S+huge cannot be read as line 3 has an implausible number of a worker: 100000000000/,
      ],
      [
        [await file("new", `${run()}`.replace('"v":2', '"v":3'))],
        /the journal \S+new cannot be read as line 1 was written by a newer version: its format is 3, and the newest that this version reads is 2/,
      ],
      [[good, "-o", good], /--output must not be the journal/],
      [[good, "-o", `${folder}/none/x.html`], /the report \S+ cannot be written: No such file/],
      [[good, "-o", folder], /the report \S+ cannot be written: /],
      [[good, "-o", ""], /--output/],
      [[good, "--format", "pdf"], /--format must be "html", .* or "trace": current value is "pdf"/],
    ];
    for (const [args, said] of wrong) {
      const { code, stdout, stderr } = await runCli(["report", ...args]);
      assertMatch(stderr, said);
      assertStringIncludes(stderr, "Try `executor report --help`.");
      assertEquals([code, stdout], [2, ""], stderr);
      assert(!/\n\s+at |Uncaught/.test(stderr), stderr);
    }
    assertEquals(await Deno.readTextFile(good), `${run()}`);
    const names = Array.from(Deno.readDirSync(folder), ({ name }) => name);
    assert(!names.some((name) => name.endsWith(".tmp")), names.join());
  });
});

Deno.test("executor run rejects an invalid address", async () => {
  for (const address of ["host", "1:2:3", "127.0.0.1:99999"]) {
    const { code, stderr } = await runCli(["run", "-n", "1", "--serve", address, "--", "true"]);
    assertMatch(stderr, /--serve must be a port, or a host and a port such as 0\.0\.0\.0:8080/);
    assertEquals(code, 2);
  }
});
