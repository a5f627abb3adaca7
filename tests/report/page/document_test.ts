// The document as text.
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { renderLivePage, renderReport } from "../../../src/report/page/document.ts";
import { PAGE_SCRIPT, PAGE_STYLE } from "../../../src/report/page/page_bundle.generated.ts";
import { MadeUp } from "../made_up.ts";

const HOSTILE = `</script><script>alert(1)</script><!--<img src=x onerror=alert(2)>"'&`;

async function digest(text: string): Promise<string> {
  const bytes = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return `sha256-${new Uint8Array(bytes).toBase64()}`;
}

Deno.test("a report may use its own script and style, and nothing else", async () => {
  const html = await renderReport(new MadeUp().run(0, { ranges: 1, numWorkers: 1 }).history());
  const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(html)![1]!;
  const style = /<style>(.*)<\/style>/s.exec(html)![1]!;
  assertEquals(policy.split("; "), [
    "default-src 'none'",
    `script-src '${await digest(PAGE_SCRIPT)}'`,
    `style-src '${await digest(style)}'`,
    "base-uri 'none'",
    "form-action 'none'",
  ]);
  assertStringIncludes(html, `<script>${PAGE_SCRIPT}</script>`);
  assertStringIncludes(style, PAGE_STYLE);
  assert(
    !/<(?:link|img|iframe|object)\b|https?:\/\/|@import|url\(/.test(html),
    "refers to something",
  );
  assertStringIncludes(await renderLivePage("x"), "connect-src 'self'");
});

Deno.test("no text of a run can end the element that contains it", async () => {
  const run = new MadeUp()
    .run(0, { ranges: 1, numWorkers: 1, command: ["sh", HOSTILE] })
    .start(0, [0, 0, 1])
    .at(1, { kind: "message", worker: 0, range: 0, attempt: 1, text: HOSTILE })
    .end(2, [0, 0, 1], { cause: { kind: "fault", message: HOSTILE }, log: [HOSTILE] })
    .at(3, { kind: "warning", text: HOSTILE });
  const html = await renderReport(run.history({ title: HOSTILE }));
  assertEquals(html.match(/<script/g)?.length, 2);
  assertEquals(html.match(/<\/script/g)?.length, 2);
  assertEquals(html.match(/<!--|<img/g), null);
  const data = /<script type="application\/json" id="data">([^<]*)<\/script>/.exec(html)![1]!;
  assertEquals(JSON.parse(data).facts.title, HOSTILE);
  assertEquals((await renderLivePage(HOSTILE)).match(/<script/g)?.length, 2);
});

Deno.test("the script parses, and uses nothing of Deno", () => {
  // Throws if it cannot be parsed.
  new Function(PAGE_SCRIPT);
  assert(!/\bDeno\b|^\s*(?:import|export)\b/m.test(PAGE_SCRIPT));
  assert(!PAGE_SCRIPT.includes("</script"), "ends its element");
});
