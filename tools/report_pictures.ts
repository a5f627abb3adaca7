/**
 * Takes the pictures of report and live page: `deno task report-pictures [DIR]`. Needs Chromium.
 *
 * Those of the README go to docs/. With a directory, all of them go there: wide and narrow, light
 * and dark, and those of a run with resident workers (which need Python), too.
 *
 * @module
 */
import { HtmlReporter, LivePage } from "@lambdawaker/executor/reporters";
import { SubprocessExecutor } from "@lambdawaker/executor";
import { type Browser, chromium } from "npm:playwright-core@1.56.1";
import { DEMO_CONFIG, demoCommandLine } from "../src/cli/demo.ts";

const DOCS = new URL("../docs/", import.meta.url).pathname;
/** The time from the start of the demo to the picture: some ranges have ended by then, and one has crashed. */
const LIVE_AFTER_MS = 9_000;

type ColorScheme = "light" | "dark";

/** How a picture is taken. */
interface Shot {
  readonly width: number;
  readonly colorScheme: ColorScheme;
  /** The page down to this element; all of it if there is none. */
  readonly end?: string;
}

/** Wide and narrow, light and dark. */
const ALL: readonly Shot[] = [1280, 390].flatMap((width) =>
  (["light", "dark"] as const).map((colorScheme) => ({ width, colorScheme }))
);

async function shoot(browser: Browser, url: string, path: string, shot: Shot): Promise<void> {
  const { width, colorScheme, end } = shot;
  const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
  await page.goto(url);
  await page.waitForSelector("html[data-ready]");
  // The room of a scroll bar would look like a fault.
  await page.evaluate(`document.documentElement.style.scrollbarGutter = "auto"`);
  await page.waitForTimeout(500);
  const box = end === undefined ? null : await page.locator(end).boundingBox();
  const clip = box === null ? undefined : { x: 0, y: 0, width, height: Math.round(box.y) - 16 };
  await page.screenshot({ path, fullPage: true, clip });
  await page.close();
}

/** Takes all pictures of a page into a directory, or the one of the README. */
async function picture(browser: Browser, name: string, url: string, one: Shot): Promise<void> {
  const [directory] = Deno.args;
  if (directory === undefined) return await shoot(browser, url, `${DOCS}${name}.png`, one);
  await Deno.mkdir(directory, { recursive: true });
  await Promise.all(ALL.map((shot) => {
    const path = `${directory}/${name}-${shot.width}-${shot.colorScheme}.png`;
    return shoot(browser, url, path, shot);
  }));
}

/** A resident worker that needs a while to start. The process of worker 2 ends at its fifth range. */
const RESIDENT = `
import os, sys, time
worker, taken = int(os.environ["EXECUTOR_WORKER"]), 0
time.sleep(1 + worker / 4)
for line in sys.stdin:
    word, _, rest = line.strip().partition(": ")
    if word == "RANGE":
        id, start, end = map(int, rest.split())
    if word == "GO":
        taken += 1
        if taken == 1:
            print(f"STATUS: RUNNING {id}", flush=True)
        if worker == 2 and taken == 5:
            sys.exit("out of memory")
        for item in range(start, end):
            time.sleep(0.01 + 0.01 * (item % 7))
            print(f"PROGRESS: {item - start + 1}", flush=True)
        print(f"STATUS: SUCCESS {id}", flush=True)
`;

/** Takes the pictures of a run with resident workers. */
async function pictureResidents(browser: Browser, numWorkers: number): Promise<void> {
  const file = await Deno.makeTempFile({ suffix: ".html" });
  const executor = new SubprocessExecutor(
    {
      totalItems: 200 * numWorkers,
      chunkSize: 10,
      numWorkers,
      resident: true,
      lifespan: 12,
      maxRetries: 1,
    },
    () => ["python3", "-c", RESIDENT],
  );
  await executor.run(new HtmlReporter(file, { title: "Resident workers" }));
  const shot: Shot = { width: 1000, colorScheme: "light" };
  await picture(browser, `resident-${numWorkers}`, `file://${file}`, shot);
  await Deno.remove(file);
}

const report = await Deno.makeTempFile({ suffix: ".html" });
const browser = await chromium.launch({
  executablePath: "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"],
});
if (Deno.args.length > 0) {
  for (const workers of [4, 24]) {
    await pictureResidents(browser, workers);
  }
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
const live = await url.promise;
await new Promise((resolve) => setTimeout(resolve, LIVE_AFTER_MS));
await picture(browser, "live", live, { width: 1000, colorScheme: "dark", end: "#failures-head" });
await running;
const page = `file://${report}`;
const end = "#attempts-head";
await picture(browser, "report", page, { width: 1000, colorScheme: "light", end });
await browser.close();
await Deno.remove(report);
Deno.exit();
