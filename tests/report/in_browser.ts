import { type Browser, chromium, type Page } from "npm:playwright-core@1.56.1";
import { needs } from "../helpers/needs.ts";

/** The browser's own errands would not leave a closed network. */
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** What drives the browser keeps things of its own. */
export const BROWSER_TEST = {
  ...needs("chromium"),
  sanitizeOps: false,
  sanitizeResources: false,
};

export interface Visit {
  page: Page;
  /** What the page complained of. */
  complaints: string[];
  /** What it asked for, the page itself left out. */
  requests: string[];
}

/** Calls a test with a browser that has no past, to visit pages with. */
export async function inBrowser(
  test: (visit: (url: string) => Promise<Visit>) => Promise<void>,
): Promise<void> {
  const browser: Browser = await chromium.launch({
    executablePath: "/usr/bin/chromium",
    args: FLAGS,
  });
  try {
    await test(async (url) => {
      const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
      const complaints: string[] = [];
      const requests: string[] = [];
      page.on("console", (message) => {
        if (message.type() === "error" || message.type() === "warning") {
          complaints.push(message.text());
        }
      });
      page.on("pageerror", ({ message }) => complaints.push(message));
      page.on("dialog", (dialog) => {
        complaints.push(`dialog ${dialog.message()}`);
        dialog.dismiss();
      });
      page.on("request", (request) => {
        if (request.url() !== url) requests.push(request.url());
      });
      await page.goto(url);
      return { page, complaints, requests };
    });
  } finally {
    await browser.close();
  }
}

/** The texts of a column of the table. */
export function cells(page: Page, column: number): Promise<string[]> {
  return page.locator(`#rows tr td:nth-child(${column})`).allTextContents();
}
