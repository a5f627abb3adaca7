// The page in a program that is bundled itself, with its names minified.
import { assertEquals, assertStringIncludes } from "@std/assert";
import { PAGE_SCRIPT } from "../../../src/report/page/page_bundle.generated.ts";
import { withFolder } from "../../helpers/journal.ts";

const ROOT = new URL("../../../", import.meta.url);
const PROGRAM = `
  import { SubprocessExecutor } from "${new URL("mod.ts", ROOT)}";
  import { HtmlReporter, LivePage } from "${new URL("src/report/mod.ts", ROOT)}";
  const [report, page] = Deno.args;
  let text;
  const onUrl = (url) => text = fetch(url).then((response) => response.text());
  // The work begins when the page has been read.
  const command = async () => (await text, ["true"]);
  await new SubprocessExecutor({ totalItems: 2 }, command)
    .run([new HtmlReporter(report), new LivePage({ onUrl })]);
  await Deno.writeTextFile(page, await text);
`;

/** Runs `deno` in the folder of the project, and fails with what it prints if it fails. */
async function deno(args: readonly string[], purpose: string): Promise<void> {
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd: ROOT,
    stdout: "null",
    stderr: "piped",
  }).output();
  const text = new TextDecoder().decode(stderr);
  assertEquals(success, true, `Cannot ${purpose}: ${text}`);
}

Deno.test("a bundled program writes and serves the same script as the module", async () => {
  await withFolder(async (folder) => {
    const [source, bundle] = [`${folder}/program.ts`, `${folder}/bundle.js`];
    const [report, page] = [`${folder}/report.html`, `${folder}/page.html`];
    await Deno.writeTextFile(source, PROGRAM);
    await deno(
      ["bundle", "--config", "deno.json", "--minify", "--output", bundle, source],
      "bundle the program (`deno bundle` fetches esbuild from npm at its first use)",
    );
    await deno(["run", "--allow-all", "--no-config", bundle, report, page], "run the bundle");
    const element = `<script>${PAGE_SCRIPT}</script>`;
    assertStringIncludes(await Deno.readTextFile(report), element);
    assertStringIncludes(await Deno.readTextFile(page), element);
  });
});
