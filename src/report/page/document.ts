/**
 * HTML document of a report or a live page. It contains its style sheet, its script and its data, and loads nothing else.
 *
 * @module
 */
import type { RunHistory } from "../history/history.ts";
import { judge } from "../history/verdict.ts";
import { asChanges, encodeChanges } from "../history/wire.ts";
import { buildMarkup } from "./markup.ts";
import { PAGE_SCRIPT, PAGE_STYLE } from "./page_bundle.generated.ts";
import { STATUS_STYLES } from "./status_styles.ts";

const STYLE = `${PAGE_STYLE}\n${STATUS_STYLES}`;

/** Renders a document that shows a history. Its policy lets it run its own script only, and connect to nothing. */
export async function renderReport(history: RunHistory): Promise<string> {
  return buildMarkup({
    title: `${judge(history).word} – ${history.title}`,
    policy: await contentPolicy({ connect: false }),
    style: STYLE,
    script: PAGE_SCRIPT,
    data: encodeChanges(asChanges(history)),
  });
}

/** Renders a document that follows a run: it reads server-sent events from the path `events` beside its own. */
export async function renderLivePage(title: string): Promise<string> {
  const policy = await contentPolicy({ connect: true });
  return buildMarkup({ title, policy, style: STYLE, script: PAGE_SCRIPT, data: "" });
}

/** Returns the content security policy of the document. */
export async function contentPolicy({ connect }: { connect: boolean }): Promise<string> {
  return [
    "default-src 'none'",
    `script-src '${await digest(PAGE_SCRIPT)}'`,
    `style-src '${await digest(STYLE)}'`,
    ...(connect ? ["connect-src 'self'"] : []),
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
}

async function digest(text: string): Promise<string> {
  const bytes = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return `sha256-${new Uint8Array(bytes).toBase64()}`;
}
