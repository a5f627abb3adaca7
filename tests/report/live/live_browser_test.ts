// The live page in a real browser.
import { assert, assertEquals, assertMatch } from "@std/assert";
import { INITIAL_STATE, reduce } from "@lambdawaker/executor/events";
import { LivePage } from "@lambdawaker/executor/reporters";
import { SubprocessExecutor } from "@lambdawaker/executor";
import { freePort } from "../../helpers/free_port.ts";
import { withFolder } from "../../helpers/journal.ts";
import { testWith } from "../../helpers/needs.ts";
import { until } from "../../helpers/processes.ts";
import { BROWSER_TEST, cells, inBrowser } from "../in_browser.ts";
import { longRun } from "../made_up.ts";

testWith(
  "a live page keeps opened failures, reconnects, and ends with the run",
  BROWSER_TEST,
  async () => {
    const { events } = longRun(200, 4);
    let url = "";
    let state = INITIAL_STATE;
    const listen = (port: number) =>
      new LivePage({
        title: "Long",
        address: { hostname: "127.0.0.1", port },
        token: "same",
        onUrl: (at) => url = at,
      });
    let live = listen(freePort());
    const send = (from: number, to: number) => {
      for (const event of events.slice(from, to)) live.report(event, state = reduce(state, event));
    };
    send(0, 200);
    await inBrowser(async (visit) => {
      const { page, requests } = await visit(url);
      const shows = (id: string, text: string | RegExp) =>
        until(
          async () => new RegExp(text).test((await page.locator(id).textContent())!),
          `${id} shows ${text}`,
        );
      await shows("#connection", "^Live$");
      await shows("#word", "RUNNING");
      const details = page.locator("#failures details").first();
      await details.locator("summary").click();
      const before = await cells(page, 1);
      send(200, 400);
      await until(async () => (await cells(page, 1)).length > before.length, "rows come");
      assert(
        await page.evaluate<boolean>(`document.querySelector("#failures details").open`),
        "it stays open",
      );
      // The server goes away, and another one comes in its place.
      const { port } = new URL(url);
      live.abandon();
      await shows("#connection", "Connection lost");
      state = INITIAL_STATE;
      live = listen(Number(port));
      send(0, 500);
      await shows("#connection", "^Live$");
      send(500, events.length);
      await live.close();
      await shows("#connection", "The run is over");
      await shows("#word", "FAILED");
      assertEquals(await page.locator("#page-text").textContent(), "Attempts 1–100 of 200");
      assertEquals(new Set(requests), new Set([`${url}events`]));
    });
  },
);

testWith("the live page follows a run to its end", BROWSER_TEST, async () => {
  await withFolder(async (folder) => {
    const url = Promise.withResolvers<string>();
    const script =
      `echo PROGRESS: 1; echo MESSAGE: step $0; until [ -e ${folder}/go ]; do sleep 0.02; done`;
    const executor = new SubprocessExecutor(
      { totalItems: 4, numWorkers: 2, chunkSize: 1 },
      ({ index }) => ["sh", "-c", script, `${index}`],
    );
    const running = executor.run(new LivePage({ title: "Live", onUrl: url.resolve }));
    await inBrowser(async (visit) => {
      const at = await url.promise;
      const { page, complaints, requests } = await visit(at);
      await page.locator("text=RUNNING").first().waitFor();
      assertEquals((await cells(page, 1)).length, 2);
      await page.locator("#now li:nth-child(2):has-text('step 1')").waitFor();
      assertMatch(
        (await page.locator("#now li").first().textContent())!,
        /^worker 0item 01 \/ 1[\d.]+ m?sstep 0$/,
      );
      await page.locator("#started:has-text('ends in about')").waitFor();
      const ends = await page.locator("#started").textContent();
      await Deno.writeTextFile(`${folder}/go`, "");
      await running;
      await page.locator("table tbody tr:nth-child(4)").waitFor();
      await page.locator("text=SUCCESS").first().waitFor();
      assertMatch(ends!, /^Started .+, ends in about \d+:\d\d, at \d+/);
      await page.locator("#now-section").waitFor({ state: "hidden" });
      await page.locator("#started:has-text('ended')").waitFor();
      assertEquals(complaints, []);
      assertEquals(requests, [`${at}events`]);
    });
  });
});
