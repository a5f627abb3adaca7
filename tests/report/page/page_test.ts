// The document as text: what is in it, and what cannot be.
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { renderLivePage, renderReport } from "../../../src/report/page/document.ts";
import { PAGE_MODULES, SCRIPT } from "../../../src/report/page/script.ts";
import { STYLE } from "../../../src/report/page/style_sheet.ts";
import { MadeUp } from "../made_up.ts";

const HOSTILE = `</script><script>alert(1)</script><!--<img src=x onerror=alert(2)>"'&`;

async function digest(text: string): Promise<string> {
  const bytes = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return `sha256-${new Uint8Array(bytes).toBase64()}`;
}

Deno.test("a report may run its own script, use its own style, and nothing else", async () => {
  const html = await renderReport(new MadeUp().run(0, { ranges: 1, numWorkers: 1 }).history());
  const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(html)![1]!;
  assertEquals(policy.split("; "), [
    "default-src 'none'",
    `script-src '${await digest(SCRIPT)}'`,
    `style-src '${await digest(STYLE)}'`,
    "base-uri 'none'",
    "form-action 'none'",
  ]);
  assertStringIncludes(html, `<script>${SCRIPT}</script>`);
  assertStringIncludes(html, `<style>${STYLE}</style>`);
  assert(
    !/<(?:link|img|iframe|object)\b|https?:\/\/|@import|url\(/.test(html),
    "refers to something",
  );
  assertStringIncludes(await renderLivePage("x"), "connect-src 'self'");
});

Deno.test("no text of a run can end the element in which it stands", async () => {
  const run = new MadeUp()
    .run(0, { ranges: 1, numWorkers: 1, command: ["sh", HOSTILE] })
    .start(0, [0, 0, 1])
    .at(1, { kind: "message", worker: 0, range: 0, attempt: 1, text: HOSTILE })
    .end(2, [0, 0, 1], { reason: HOSTILE, log: [HOSTILE] })
    .at(3, { kind: "warning", text: HOSTILE });
  const html = await renderReport(run.history({ title: HOSTILE }));
  assertEquals(html.match(/<script/g)?.length, 2);
  assertEquals(html.match(/<\/script/g)?.length, 2);
  assertEquals(html.match(/<!--|<img/g), null);
  const data = /<script type="application\/json" id="data">([^<]*)<\/script>/.exec(html)![1]!;
  assertEquals(JSON.parse(data).facts.title, HOSTILE);
  assertEquals((await renderLivePage(HOSTILE)).match(/<script/g)?.length, 2);
});

Deno.test("the script is whole: every name once, and nothing that is not exported", async () => {
  const names = PAGE_MODULES.flatMap((exports) => Object.keys(exports));
  assertEquals(names.length, new Set(names).size, "a name is used twice");
  // Throws if it cannot be parsed.
  new Function(SCRIPT);
  const folder = new URL("../../../src/report/", import.meta.url);
  const client = Array.from(Deno.readDirSync(new URL("page/client/", folder)))
    .map(({ name }) => `page/client/${name}`);
  for (
    const file of [
      ...client,
      "history/history.ts",
      "history/totals.ts",
      "history/verdict.ts",
      "history/wire.ts",
    ]
  ) {
    const code = await Deno.readTextFile(new URL(file, folder));
    const own = code.match(/^(?:async function|function|class|const|let|var|enum) .*$/gm);
    assertEquals(own, null, `${file} keeps something to itself that the page will not have`);
    for (const [, name] of code.matchAll(/^export (?:async )?(?:function|class|const) (\w+)/gm)) {
      assert(names.includes(name!), `${name} of ${file} is not in the page`);
    }
  }
});
