// The report of a real run in a real browser.
import { HtmlReporter } from "@lambdawaker/executor/reporters";
import { readJournal } from "@lambdawaker/executor/journal";
import { SubprocessExecutor } from "@lambdawaker/executor";
import { assert, assertEquals } from "@std/assert";
import { eventsIn, runRecorded, withFolder } from "../helpers/journal.ts";
import { runCli } from "../helpers/cli.ts";
import { BROWSER_TEST as options, cells, inBrowser } from "./in_browser.ts";
import { testWith } from "../helpers/needs.ts";
import { MadeUp } from "./made_up.ts";

const HOSTILE = `</script><script>alert(1)</script><img src=x onerror=alert(2)>`;
const SCRIPT =
  `echo PROGRESS: 1; echo 'MESSAGE: ${HOSTILE}'; echo '${HOSTILE}'; sleep 0.0$EXECUTOR_START; exit $((EXECUTOR_START % 3 == 1))`;

testWith(
  "a report in a browser has the attempts of the journal, sorts them, and loads and runs nothing else",
  options,
  async () => {
    await withFolder(async (folder) => {
      const [journal, report] = [`${folder}/run.jsonl`, `${folder}/run.html`];
      await runRecorded(
        { totalItems: 9, chunkSize: 1, numWorkers: 3, maxRetries: 1, retryDelay: 20 },
        () => ["sh", "-c", SCRIPT],
        { path: journal },
      );
      assertEquals((await runCli(["report", journal, "-o", report, "--title", HOSTILE])).code, 0);
      await inBrowser(async (visit) => {
        const { page, complaints, requests } = await visit(`file://${report}`);
        const started = eventsIn(journal, "attempt-started");
        const ended = eventsIn(journal, "attempt-ended");
        assertEquals((await cells(page, 1)).length, started.length);
        const byAttempt = new Map(ended.map((event) => [`${event.range} ${event.attempt}`, event]));
        const shown = await page.evaluate<string[][]>(
          `Array.from(document.querySelectorAll("table tbody tr"),
          (row) => Array.from(row.children, (cell) => cell.textContent.trim()))`,
        );
        for (const [worker, items, attempt, status] of shown) {
          const event = byAttempt.get(`${items} ${attempt}`);
          assertEquals([worker, status], [`${event?.worker}`, event?.status as string]);
        }
        await page.locator('th[data-key="items"] button').click();
        const items = (await cells(page, 2)).map(Number);
        assertEquals(items, items.toSorted((a, b) => a - b));
        await page.locator('th[data-key="items"] button').press("Enter");
        const reversed = (await cells(page, 2)).map(Number);
        assertEquals(reversed, items.toSorted((a, b) => b - a));
        assertEquals(
          await page.locator('th[data-key="items"]').getAttribute("aria-sort"),
          "descending",
        );
        assertEquals(await page.locator("h1").textContent(), HOSTILE);
        assert((await page.locator("body").textContent())!.includes(HOSTILE), "as text");
        const background = () => page.evaluate("getComputedStyle(document.body).backgroundColor");
        await page.emulateMedia({ colorScheme: "light" });
        const light = await background();
        await page.emulateMedia({ colorScheme: "dark" });
        assert(light !== await background(), "dark mode");
        assertEquals([complaints, requests], [[], []]);
      });
    });
  },
);

testWith(
  "the timeline of a report draws failures in another colour",
  options,
  async () => {
    await withFolder(async (folder) => {
      const report = `${folder}/run.html`;
      const executor = new SubprocessExecutor(
        { totalItems: 2, numWorkers: 2 },
        ({ index }) => ["sh", "-c", `sleep 0.3; exit ${index}`],
      );
      await executor.run(new HtmlReporter(report));
      await inBrowser(async (visit) => {
        const { page } = await visit(`file://${report}`);
        const colors = await page.evaluate<number>(`(() => {
        const canvas = document.querySelector("canvas");
        const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
        const seen = new Set();
        for (let at = 0; at < data.length; at += 4) {
          if (data[at + 3] === 255) seen.add([data[at], data[at + 1], data[at + 2]].join());
        }
        return seen.size;
      })()`);
        assert(colors >= 4, `${colors} colours`);
        assert(
          await page.locator("canvas").first().getAttribute("aria-label") !== null ||
            await page.locator("[role=img]").count() > 0,
        );
      });
    });
  },
);

testWith("a report of 10,000 attempts opens in under a second", options, async () => {
  await withFolder(async (folder) => {
    const journal = `${folder}/run.jsonl`;
    const lines: string[] = [];
    const add = (t: number, body: object) =>
      lines.push(JSON.stringify({ v: 2, t: 1e12 + t, ...body }));
    const ranges = 10_000;
    const runId = crypto.randomUUID();
    add(0, {
      kind: "run-started",
      runId,
      totalItems: ranges,
      ranges,
      numWorkers: 16,
      maxRetries: 0,
      retryFrom: "start",
      chunkSize: 1,
    });
    for (let range = 0; range < ranges; range++) {
      const ref = { worker: range % 16, range, attempt: 1 };
      const status = range % 50 === 0 ? "CRASHED" : "SUCCESS";
      const t = 100 * Math.floor(range / 16);
      const cause = status === "CRASHED" ? { kind: "exit", code: 1 } : undefined;
      add(t, {
        ...ref,
        kind: "attempt-started",
        attemptId: `${runId}.${range}.1`,
        startIndex: range,
        endIndex: range + 1,
        maxAttempt: 1,
      });
      add(t + 90, { ...ref, kind: "attempt-ended", status, cause, progress: 1 });
      const nextIndex = status === "CRASHED" ? range : range + 1;
      add(t + 90, {
        ...ref,
        kind: "range-ended",
        status,
        cause,
        startIndex: range,
        endIndex: range + 1,
        nextIndex,
      });
    }
    await Deno.writeTextFile(journal, `${lines.join("\n")}\n`);
    assertEquals(Array.from(readJournal(journal)).length, lines.length);
    const report = `${folder}/run.html`;
    assertEquals((await runCli(["report", journal, "-o", report])).code, 0);
    await inBrowser(async (visit) => {
      const { page } = await visit("about:blank");
      // From the navigation until all is drawn. Once is enough: this machine may have other things to do.
      const times: number[] = [];
      for (let visits = 0; visits < 20 && !(Math.min(...times) < 1_000); visits++) {
        await page.goto(`file://${report}`);
        await page.waitForFunction(`document.documentElement.dataset.ready === "true"`);
        times.push(await page.evaluate(`performance.getEntriesByName("ready")[0].startTime`));
      }
      assert(Math.min(...times) < 1_000, `${times} ms`);
      assert((await page.locator("body").textContent())!.includes("of 10,000"));
    });
  });
});

testWith(
  "the report of a record of ends has its failures, and says what it lacks",
  options,
  async () => {
    await withFolder(async (folder) => {
      const report = `${folder}/run.html`;
      const env = { XDG_STATE_HOME: folder };
      const script = 'echo "about $0"; [ "$0" != b ]';
      await runCli(["run", "-w", "1", "--", "sh", "-c", script, ":::", "a", "b", "c"], { env });
      assertEquals((await runCli(["report", "-o", report], { env })).code, 0);
      await inBrowser(async (visit) => {
        const { page, complaints } = await visit(`file://${report}`);
        const text = (id: string) => page.locator(id).textContent();
        assertEquals(await text("#sentence"), "1 of 3 items not done");
        assertEquals(await cells(page, 2), ["0: a", "1: b", "2: c"]);
        assertEquals(await cells(page, 7), ["1 / 1", "0 / 1", "1 / 1"]);
        assert((await text("#failures summary"))!.includes("item 1: b, attempt 1"));
        assertEquals(await text("#failures pre"), "about b");
        assert((await text("#remarks"))!.includes("has the ends of ranges and the failures only"));
        assert((await text("#started"))!.includes(", ended "));
        assert(await page.locator("#now-section").isHidden());
        assertEquals(complaints, []);
      });
    });
  },
);

testWith(
  "a report in a browser shows the memory of attempts, and a chart of it if that is known",
  options,
  async () => {
    await withFolder(async (folder) => {
      const usage = { cpuSeconds: 1.5, peakRss: 300 << 20 };
      for (const [name, how] of [["known", { usage }], ["unknown", {}]] as const) {
        const run = new MadeUp().run(0, { ranges: 1, numWorkers: 1 })
          .start(10, [0, 0, 1]).end(500, [0, 0, 1], how).at(510, { kind: "run-ended" });
        const [journal, report] = [`${folder}/${name}.jsonl`, `${folder}/${name}.html`];
        await Deno.writeTextFile(journal, `${run}`);
        assertEquals((await runCli(["report", journal, "-o", report])).code, 0);
        const isKnown = name === "known";
        await inBrowser(async (visit) => {
          const { page, complaints } = await visit(`file://${report}`);
          assertEquals(await page.locator("#memory-part").isHidden(), !isKnown);
          const shown = [...await cells(page, 8), ...await cells(page, 9)];
          assertEquals(shown, isKnown ? ["1.50 s", "300 MB"] : ["", ""]);
          const label = await page.locator("#memory").getAttribute("aria-label");
          assert(!isKnown || label!.includes("at most 300 MB"), label!);
          assertEquals(complaints, []);
        });
      }
    });
  },
);
