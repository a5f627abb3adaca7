// What one does with the page: pointing, dragging, sorting, turning pages, with keys alone.
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { readJournal } from "@lambdawaker/executor/journal";
import type { Page } from "npm:playwright-core@1.56.1";
import type { AttemptRecord, RunHistory } from "../../../src/report/history/history.ts";
import { renderReport } from "../../../src/report/page/document.ts";
import { type Scale, toX } from "../../../src/report/page/client/scale.ts";
import { readHistory } from "../../../src/report/history/read_history.ts";
import { runRecorded, withFolder } from "../../helpers/journal.ts";
import { testWith } from "../../helpers/needs.ts";
import { until } from "../../helpers/processes.ts";
import { BROWSER_TEST, cells, inBrowser, type Visit } from "../in_browser.ts";
import { longRun, MadeUp } from "../made_up.ts";
import { RESIDENT_WORKER } from "../../helpers/run_resident.ts";

/** Opens the report of a history. */
async function withReport(
  history: RunHistory,
  test: (visit: Visit) => Promise<void>,
): Promise<void> {
  await withFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/run.html`, await renderReport(history));
    await inBrowser(async (visit) => {
      const visited = await visit(`file://${folder}/run.html`);
      await test(visited);
      assertEquals([visited.complaints, visited.requests], [[], []]);
    });
  });
}

/** Where the timeline has drawn what, as it says itself. */
async function timelineOf(page: Page): Promise<Scale & { segments: number; lane: number }> {
  const data = await page.evaluate<Record<string, string>>(
    `({ ...document.getElementById("timeline").dataset })`,
  );
  return {
    area: JSON.parse(data["area"]!),
    span: JSON.parse(data["span"]!),
    segments: Number(data["segments"]),
    lane: Number(data["lane"]),
  };
}

/** Points at the middle of where an attempt should be. */
async function pointAt(page: Page, attempt: AttemptRecord): Promise<void> {
  const { area, span, lane } = await timelineOf(page);
  const middle = (attempt.startedAt + attempt.endedAt!) / 2;
  const box = (await page.locator("#timeline").boundingBox())!;
  await page.mouse.move(
    box.x + toX(middle, { area, span }),
    box.y + area.top + (attempt.worker + 0.5) * lane,
  );
}

const tip = (page: Page) => page.locator("#tip").textContent();

testWith(
  "the timeline of a run with resident workers has a rail for each process, and says when it was ready",
  BROWSER_TEST,
  async () => {
    await withFolder(async (folder) => {
      const journal = `${folder}/run.jsonl`;
      await runRecorded(
        { totalItems: 8, chunkSize: 1, numWorkers: 2, resident: true, lifespan: 2 },
        () => ["sh", RESIDENT_WORKER, "echo PROGRESS: 0; sleep 0.1"],
        { path: journal },
      );
      const history = readHistory(journal);
      const processes = new Set(history.attempts.map((one) => `${one.worker} ${one.process}`));
      await withReport(history, async ({ page }) => {
        const rails = await page.evaluate<string>(
          `document.getElementById("timeline").dataset.rails`,
        );
        assertEquals(Number(rails), processes.size);
        await page.locator("#timeline").scrollIntoViewIfNeeded();
        const first = history.attempts.find(({ readyAt }) => readyAt !== undefined)!;
        await pointAt(page, first);
        const process = `worker ${first.worker}, process 1, which was ready after `;
        assertStringIncludes((await tip(page))!, process);
        assert(await page.locator('#legend [data-status="resident"]').isVisible());
      });
    });
  },
);

testWith(
  "the timeline of a real run has each attempt of its journal where it belongs",
  BROWSER_TEST,
  async () => {
    await withFolder(async (folder) => {
      const journal = `${folder}/run.jsonl`;
      await runRecorded(
        { totalItems: 12, chunkSize: 1, numWorkers: 3, maxRetries: 1, retryDelay: 20 },
        () => ["sh", "-c", "sleep 0.1; exit $((EXECUTOR_START % 4 == 1))"],
        { path: journal },
      );
      const events = Array.from(readJournal(journal));
      const began = events[0]!.t;
      const history = readHistory(journal);
      await withReport(history, async ({ page }) => {
        const ended = events.filter((event) => event.kind === "attempt-ended");
        assertEquals((await timelineOf(page)).segments, ended.length);
        await page.locator("#timeline").scrollIntoViewIfNeeded();
        for (const end of ended) {
          const start = events.find((event) =>
            event.kind === "attempt-started" && event.range === end.range &&
            event.attempt === end.attempt
          )!;
          const record = history.attempts.find(({ range, attempt }) =>
            range === end.range && attempt === end.attempt
          )!;
          // Where the events say that it was, not where the history does.
          await pointAt(page, { ...record, startedAt: start.t - began, endedAt: end.t - began });
          const text = (await tip(page))!;
          assertStringIncludes(text, `range ${end.range}, item ${end.range}\n`);
          assertStringIncludes(text, `worker ${end.worker}, attempt ${end.attempt}\n`);
          assert(text.startsWith(end.status), text);
        }
        const label = await page.locator("#timeline").getAttribute("aria-label");
        assertStringIncludes(label!, `${ended.length} attempts of 3 workers, 6 of them failed`);
      });
    });
  },
);

testWith(
  "dragging and buttons zoom into a part of the time; a click leads to the row",
  BROWSER_TEST,
  async () => {
    const history = longRun(600, 4).history();
    await withReport(history, async ({ page }) => {
      const whole = await timelineOf(page);
      assertEquals([whole.segments, whole.span.from, whole.span.to], [600, 0, history.now]);
      assert(await page.locator("#zoom-all").isDisabled());
      const box = (await page.locator("#timeline").boundingBox())!;
      const y = box.y + whole.area.top + 10;
      await page.mouse.move(box.x + toX(history.now / 4, whole), y);
      await page.mouse.down();
      await page.mouse.move(box.x + toX(history.now / 2, whole), y, { steps: 5 });
      assert(await page.locator("#selection").isVisible());
      await page.mouse.up();
      const changed = async (is: (span: Scale["span"]) => boolean) =>
        await until(async () => is((await timelineOf(page)).span), "another part is shown");
      await changed(({ from, to }) =>
        Math.abs(from - history.now / 4) < history.now / 100 &&
        Math.abs(to - history.now / 2) < history.now / 100
      );
      assert((await timelineOf(page)).segments < 200);
      const attempt = history.attempts[220]!;
      await pointAt(page, attempt);
      assertStringIncludes((await tip(page))!, `range ${attempt.range},`);
      await page.mouse.down();
      await page.mouse.up();
      const row = page.locator('#rows tr[aria-current="true"]');
      assertStringIncludes(
        (await row.textContent())!,
        `${attempt.startIndex}–${attempt.endIndex - 1}`,
      );
      await page.locator("#zoom-all").press("Enter");
      await changed(({ from, to }) => from === 0 && to === history.now);
      await page.locator("#zoom-in").press("Space");
      await changed(({ from, to }) => Math.round(to - from) === Math.round(history.now / 2));
    });
  },
);

testWith(
  "a table of many attempts is paged, sorted and filtered with the keyboard alone",
  BROWSER_TEST,
  async () => {
    const history = longRun(1_000, 4).history();
    await withReport(history, async ({ page }) => {
      assertEquals((await cells(page, 1)).length, 100);
      assertEquals(await page.locator("#page-text").textContent(), "Attempts 1–100 of 1,000");
      assert(await page.locator("#page-previous").isDisabled());
      await page.locator("#page-next").press("Enter");
      assertEquals(await page.locator("#page-text").textContent(), "Attempts 101–200 of 1,000");
      await page.locator("#page-last").press("Enter");
      assertEquals(await page.locator("#page-text").textContent(), "Attempts 901–1,000 of 1,000");
      const head = page.locator('th[data-key="time"]');
      await head.locator("button").press("Enter");
      assertEquals(await head.getAttribute("aria-sort"), "ascending");
      assertEquals(await page.locator("th[aria-sort]").count(), 1);
      assertEquals(await page.locator("#page-text").textContent(), "Attempts 1–100 of 1,000");
      const seconds = (await cells(page, 6)).map(Number.parseFloat);
      assertEquals(seconds, seconds.toSorted((a, b) => a - b));
      await head.locator("button").press("Enter");
      assertEquals(await head.getAttribute("aria-sort"), "descending");
      await page.locator("#filter").selectOption("bad");
      assertEquals(await page.locator("#page-text").textContent(), "Attempts 1–50 of 50");
      assertEquals(new Set(await cells(page, 4)), new Set(["CRASHED"]));
      assert(!await page.locator("#pager").isVisible());
    });
  },
);

testWith(
  "the page is accessible: one main, headings in order, names for all controls",
  BROWSER_TEST,
  async () => {
    await withReport(longRun(40, 4).history(), async ({ page }) => {
      await page.keyboard.press("Tab");
      assertStringIncludes((await page.locator(":focus").textContent())!, "Skip to the table");
      const headings = await page.evaluate<string[]>(
        `Array.from(document.querySelectorAll("h1, h2, h3")).filter((e) => e.checkVisibility())
          .map((e) => e.tagName)`,
      );
      assertEquals(headings[0], "H1");
      assertEquals(headings.filter((tag) => tag === "H1").length, 1);
      assertEquals(await page.locator("main").count(), 1);
      const unnamed = await page.evaluate<string[]>(
        `Array.from(document.querySelectorAll("section, canvas, button, select, nav, progress"))
          .filter((e) => e.checkVisibility() && !e.ariaLabel && !e.textContent.trim()
            && !e.getAttribute("aria-labelledby") && !e.labels?.length)
          .map((e) => e.outerHTML)`,
      );
      assertEquals(unnamed, []);
      const wide = async (width: number) => {
        await page.setViewportSize({ width, height: 900 });
        return await page.evaluate("document.documentElement.scrollWidth > innerWidth");
      };
      assertEquals([await wide(1280), await wide(800), await wide(420)], [false, false, false]);
    });
  },
);

const HOSTILE = [
  "</script><script>document.title=run</script>",
  "<img src=x onerror=document.title=run>",
  "javascript:alert(1)",
  "\x1b]0;title\x07\x1b[31mred\x1b[0m",
  "\u202egnp.exe\u2066",
  "{{constructor.constructor(alert)()}}",
].join(" ");

testWith("output of a worker is text, wherever it is shown", BROWSER_TEST, async () => {
  const run = new MadeUp()
    .run(0, { ranges: 2, numWorkers: 1, command: ["sh", "-c", HOSTILE] })
    .start(0, [0, 0, 1])
    .at(1, { kind: "message", worker: 0, range: 0, attempt: 1, text: HOSTILE })
    .end(500, [0, 0, 1], {
      cause: { kind: "fault", message: HOSTILE },
      log: [HOSTILE, "second line"],
    })
    .at(501, { kind: "warning", text: HOSTILE })
    .at(502, { kind: "run-ended" });
  await withReport(run.history({ title: HOSTILE }), async ({ page }) => {
    await page.locator("#failures summary").click();
    await page.locator("#failures summary").click();
    await page.locator("#timeline").scrollIntoViewIfNeeded();
    await pointAt(page, run.history().attempts[0]!);
    const places = [
      "#title",
      "#command-line",
      "#failures .cause",
      "#failures .message",
      "#failures pre",
    ];
    for (const place of [...places, "#rows td.cause", "#remarks", "#tip"]) {
      const text = (await page.locator(place).first().textContent())!;
      assertStringIncludes(text, "<img src=x onerror=document.title=run>", place);
      // deno-lint-ignore no-control-regex
      assertEquals(text.match(/[\x00-\x09\x0b-\x1f\u202e\u2066]/g) ?? [], [], place);
    }
    assertEquals(await page.locator("img, body script:not(#data)").count(), 1);
    assert((await page.title()).startsWith("FAILED – "));
  });
});
