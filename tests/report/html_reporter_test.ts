import { HtmlReporter } from "@lambdawaker/executor/reporters";
import { type RunEvent, SubprocessExecutor } from "@lambdawaker/executor";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { withFolder } from "../helpers/journal.ts";

const job = () => new SubprocessExecutor({ totalItems: 4, chunkSize: 1 }, () => ["true"]);

Deno.test("the report is written when the run has ended, and replaces an existing file", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/run.html`;
    await Deno.writeTextFile(path, "old");
    const summary = await job().run(new HtmlReporter(path, { title: "Nothing much" }));
    assertEquals(summary.warnings, []);
    const html = await Deno.readTextFile(path);
    assertStringIncludes(html, "<title>DONE – Nothing much</title>");
    assert(html.endsWith("</html>\n"));
    assertEquals(Array.from(Deno.readDirSync(folder), ({ name }) => name), ["run.html"]);
  });
});

Deno.test("a report that cannot be written is announced before the work begins, and the work is done", async () => {
  await withFolder(async (folder) => {
    for (const path of [`${folder}/none/run.html`, folder]) {
      const kinds: RunEvent["kind"][] = [];
      const summary = await job().run([
        new HtmlReporter(path),
        { report: ({ kind }) => void kinds.push(kind) },
      ]);
      assert(summary.ok);
      assert(kinds.indexOf("reporter-failed") < kinds.indexOf("attempt-started"));
      assertEquals(summary.warnings.length, 1);
      assertMatch(
        summary.warnings[0]!,
        /^HtmlReporter failed and was dropped: the report \S+ cannot be written: [^\n]+$/,
      );
    }
    assertEquals(Array.from(Deno.readDirSync(folder)), []);
  });
});

Deno.test("a report that cannot be written at the end is a warning, and leaves no temporary file", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/run.html`;
    const summary = await job().run([
      new HtmlReporter(path),
      {
        report({ kind }) {
          if (kind === "run-ended") Deno.mkdirSync(path);
        },
      },
    ]);
    assert(summary.ok);
    assertStringIncludes(summary.warnings.join(), `the report ${path} cannot be written: `);
    assertEquals(Array.from(Deno.readDirSync(folder), ({ name }) => name), ["run.html"]);
  });
});
