// --token-file: a token for the live page that stays the same, as a scraper of metrics needs it.
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { cliCommand, runCli } from "../helpers/cli.ts";
import { withFolder } from "../helpers/journal.ts";
import { readUntil } from "../helpers/processes.ts";
import { parseMetrics } from "../helpers/prometheus.ts";

Deno.test("--token-file gives the page its token, which is not printed", async () => {
  await withFolder(async (folder) => {
    const token = "a-token-of-20-letter";
    await Deno.writeTextFile(`${folder}/token`, `${token}\n`);
    const child = cliCommand([
      ...["run", "-n", "1", "--reporter", "summary", "--serve", "--token-file", `${folder}/token`],
      ...["--", "sh", "-c", `until [ -e ${folder}/go ]; do sleep 0.02; done`],
    ]).spawn();
    const reader = child.stderr.pipeThrough(new TextDecoderStream()).getReader();
    const printed = await readUntil(reader, "\n");
    const [, origin] =
      /^executor: live page at (http:\S+)\/TOKEN\/, with the token of/.exec(printed) ??
        [];
    assert(origin !== undefined && !printed.includes(token), printed);
    const response = await fetch(`${origin}/metrics`, {
      headers: { authorization: `Bearer ${token}` },
    });
    assertEquals(
      parseMetrics(await response.text()).get("executor_job_items")?.values.get("{}"),
      1,
    );
    const page = await fetch(`${origin}/${token}/`);
    await page.body?.cancel();
    assertEquals(page.status, 200);
    await Deno.writeTextFile(`${folder}/go`, "");
    assertEquals((await child.status).code, 0);
    await reader.cancel();
    await child.stdout.cancel();
  });
});

for (const text of ["", "short", "not a token of letters", "0123456789abcdef\n0123456789abcdef"]) {
  Deno.test(`--token-file refuses a file with ${JSON.stringify(text)}`, async () => {
    await withFolder(async (folder) => {
      await Deno.writeTextFile(`${folder}/token`, text);
      const args = ["--serve", "--token-file", `${folder}/token`, "--", "touch", `${folder}/ran`];
      const { code, stderr } = await runCli(["run", "-n", "1", ...args]);
      assertEquals(code, 2);
      assertStringIncludes(
        stderr,
        "--token-file must be a file with one word of 16 or more letters, digits, - and _: ",
      );
      assertEquals(Array.from(Deno.readDirSync(folder), ({ name }) => name), ["token"]);
    });
  });
}

Deno.test("--token-file refuses a file that is not there", async () => {
  const args = ["--serve", "--token-file", "/nowhere/token", "--", "true"];
  const { code, stderr } = await runCli(["run", "-n", "1", ...args]);
  assertEquals(code, 2);
  assertStringIncludes(stderr, "--token-file must be a file that can be read: ");
});

Deno.test("--token-file warns of a file that every user can read", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/token`;
    await Deno.writeTextFile(path, "a-token-of-20-letter");
    const args = ["run", "-n", "1", "--serve", "--token-file", path, "--", "true"];
    for (const [mode, isTold] of [[0o600, false], [0o640, false], [0o644, true]] as const) {
      await Deno.chmod(path, mode);
      const { code, stderr } = await runCli(args);
      assertEquals(code, 0);
      const warning = `executor: warning: every user of this machine can read ${path}\n`;
      assertEquals(stderr.includes(warning), isTold, stderr);
    }
  });
});
