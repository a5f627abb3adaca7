/**
 * Takes the pictures of report and live page for the README: `deno task report-pictures`. Needs Chromium.
 *
 * @module
 */
import { HtmlReporter, LivePage } from "@lambdawaker/executor/reporters";
import { SubprocessExecutor } from "@lambdawaker/executor";
import { chromium, type Page } from "npm:playwright-core@1.56.1";
import { DEMO_CONFIG, demoCommandLine } from "../src/cli/demo.ts";

const DOCS = new URL("../docs/", import.meta.url).pathname;
const SIZE = { width: 1000, height: 640 };
/** The time from the start of the demo to the picture: some ranges have ended by then, and one has crashed. */
const LIVE_AFTER_MS = 9_000;

const report = await Deno.makeTempFile({ suffix: ".html" });
const browser = await chromium.launch({
  executablePath: "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"],
});

async function shoot(page: Page, name: string): Promise<void> {
  await page.waitForTimeout(300);
  await page.screenshot({ path: `${DOCS}${name}.png` });
}

const executor = new SubprocessExecutor(
  DEMO_CONFIG,
  demoCommandLine(new URL("../cli.ts", import.meta.url).href),
);
const url = Promise.withResolvers<string>();
const running = executor.run([
  new HtmlReporter(report, { title: "Demo" }),
  new LivePage({ title: "Demo", onUrl: url.resolve }),
]);
const live = await browser.newPage({ viewport: SIZE, colorScheme: "dark" });
await live.goto(await url.promise);
await new Promise((resolve) => setTimeout(resolve, LIVE_AFTER_MS));
await shoot(live, "live");
await running;
const page = await browser.newPage({ viewport: SIZE, colorScheme: "light" });
await page.goto(`file://${report}`);
await shoot(page, "report");
await browser.close();
await Deno.remove(report);
Deno.exit();
