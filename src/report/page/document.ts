/**
 * One HTML document that shows a run, and needs nothing else: style, script and data are in it.
 *
 * @module
 */
import type { RunHistory } from "../history/history.ts";
import { SCRIPT } from "./script.ts";
import { buildMarkup } from "./markup.ts";
import { STYLE } from "./style_sheet.ts";
import { judge } from "../history/verdict.ts";
import { asChanges, encodeChanges } from "../history/wire.ts";

/**
 * A document that shows a history. Nothing runs in it but the script whose digest its policy names, and it can ask nobody for
 * anything, whatever text of a worker is in it.
 */
export async function renderReport(history: RunHistory): Promise<string> {
  return buildMarkup({
    title: `${judge(history).word} – ${history.title}`,
    policy: await contentPolicy({ connect: false }),
    style: STYLE,
    script: SCRIPT,
    data: encodeChanges(asChanges(history)),
  });
}

/** A document that follows a run: it asks for what beside it is called `events`. */
export async function renderLivePage(title: string): Promise<string> {
  const policy = await contentPolicy({ connect: true });
  return buildMarkup({ title, policy, style: STYLE, script: SCRIPT, data: "" });
}

/** What the document may load and run. */
export async function contentPolicy({ connect }: { connect: boolean }): Promise<string> {
  return [
    "default-src 'none'",
    `script-src '${await digest(SCRIPT)}'`,
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
