import { HtmlReporter, type RunEvent, SubprocessExecutor } from "@lambdawaker/executor";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { probeReplace, replaceFile } from "../../src/base/atomic_file.ts";
import { withFolder } from "../helpers/journal.ts";
import { until } from "../helpers/processes.ts";

const job = () => new SubprocessExecutor({ totalItems: 4, chunkSize: 1 }, () => ["true"]);

Deno.test("the report of a run is there when it has ended, in place of what was", async () => {
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

Deno.test("a report that cannot be written is told before the work begins, and the work is done", async () => {
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

Deno.test("a report whose place is taken while the work goes on is a warning, and leaves nothing behind", async () => {
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

Deno.test("what a link leads to is replaced, not the link", async () => {
  await withFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/real`, "old");
    await Deno.symlink(`${folder}/real`, `${folder}/link`);
    await replaceFile(`${folder}/link`, "new");
    assertEquals(await Deno.readTextFile(`${folder}/real`), "new");
    assert((await Deno.lstat(`${folder}/link`)).isSymlink);
    assertEquals(Array.from(Deno.readDirSync(folder), ({ name }) => name).sort(), ["link", "real"]);
  });
});

Deno.test("what is no file is written to, and stays what it is", async () => {
  await withFolder(async (folder) => {
    const [pipe, out] = [`${folder}/pipe`, `${folder}/out`];
    const reader = new Deno.Command("sh", {
      args: ["-c", 'mkfifo "$0" && echo ready && cat "$0" > "$1"', pipe, out],
      stdout: "piped",
    }).spawn();
    await until(() => Deno.lstat(pipe).then(() => true, () => false), "the pipe is there");
    probeReplace(pipe);
    await replaceFile(pipe, "through the pipe");
    await reader.output();
    assertEquals(await Deno.readTextFile(out), "through the pipe");
    assert((await Deno.lstat(pipe)).isFifo);
    const shell = 'exec "$0" eval --ext=ts "$1" | cat > "$2"';
    const module = new URL("../../src/base/atomic_file.ts", import.meta.url);
    await Deno.symlink("/dev/stdout", `${folder}/stdout`);
    const code = `import { replaceFile } from "${module}";
      await replaceFile("${folder}/stdout", "text");`;
    await new Deno.Command("sh", { args: ["-c", shell, Deno.execPath(), code, out] }).output();
    assertEquals(await Deno.readTextFile(out), "text");
    assert((await Deno.lstat(`${folder}/stdout`)).isSymlink);
  });
});
