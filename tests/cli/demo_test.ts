// The demo as a program of its own: bundled, and as a compiled one starts it.
import { assertEquals, assertMatch } from "@std/assert";
import { DEMO_CONFIG, demoCommandLine } from "../../src/cli/demo.ts";
import { mockArguments } from "../../src/cli/mock_words.ts";
import { withFolder } from "../helpers/journal.ts";
import { shellLine } from "../helpers/pty.ts";
import { writeProgram } from "../helpers/programs.ts";

const CLI = new URL("../../cli.ts", import.meta.url).pathname;
const CONFIG = new URL("../../deno.json", import.meta.url).pathname;

async function deno(...args: string[]) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args,
    cwd: "/",
    stdin: "null",
    env: { NO_COLOR: "1" },
  }).output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

function assertDone({ code, stdout, stderr }: Awaited<ReturnType<typeof deno>>): void {
  assertMatch(stdout, /960 of 960 items done/, stderr);
  assertMatch(stdout, /2 retries/);
  assertEquals({ code, stderr }, { code: 0, stderr: "" });
}

Deno.test("the demo needs no file beside the program: bundled, and compiled", async () => {
  await withFolder(async (folder) => {
    const bundled = async () => {
      const bundle = `${folder}/executor.js`;
      const options = ["--quiet", "--config", CONFIG, "--output", bundle];
      const { code, stderr } = await deno("bundle", ...options, CLI);
      assertEquals([code, stderr], [0, ""]);
      return await deno("run", "-A", bundle, "demo", "--reporter", "plain");
    };
    // The path of a compiled program is that of the command itself, not that of Deno.
    const compiled = async () => {
      const program = `${folder}/executor`;
      const line = shellLine([Deno.execPath(), "run", "-A", "--quiet", CLI]);
      await writeProgram(program, `#!/bin/sh\nexec ${line} "$@"\n`);
      const preload = `${folder}/compiled.ts`;
      await Deno.writeTextFile(preload, `Deno.execPath = () => ${JSON.stringify(program)};\n`);
      return await deno("run", "-A", "--preload", preload, CLI, "demo", "--reporter", "plain");
    };
    for (const result of await Promise.all([bundled(), compiled()])) assertDone(result);
  });
});

Deno.test("the words for a mock worker are those before --, and all of its arguments", () => {
  const worker = { attempt: 1, extraData: { startIndex: 0, endIndex: 60, range: 0 } };
  // deno-lint-ignore no-explicit-any -- the command needs no more of a worker
  const words = demoCommandLine("file:///main.ts")(worker as any).slice(1);
  assertEquals(mockArguments(words)?.slice(-2), ["0", "60"]);
  assertEquals(mockArguments(["run", "-n", "1", "--", "x", ...words]), undefined);
  assertEquals(mockArguments(["demo"]), undefined);
  assertEquals(DEMO_CONFIG.totalItems, 960);
});

for (const permissions of [[], ["--allow-run=deno"], ["--allow-env"]]) {
  Deno.test(`the demo tells in a sentence what it may not do: ${permissions}`, async () => {
    const { code, stdout, stderr } = await deno(
      ...["run", "--no-prompt", ...permissions, CLI, "demo", "--reporter", "plain"],
    );
    assertMatch(stdout, /workers are not permitted: run Deno with --allow-run/);
    assertEquals([code, /\bat (?:file|async)\b/.test(stdout + stderr)], [1, false]);
  });
}
