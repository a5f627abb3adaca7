// The entry points where they cannot work: run as the command by mistake, and loaded by another runtime.
import { assert, assertEquals, assertMatch } from "@std/assert";
import { needs, testWith } from "./helpers/needs.ts";
import { transpile } from "./helpers/transpile.ts";

const ROOT = new URL("../", import.meta.url).pathname;

async function run(command: string, ...args: string[]) {
  const { code, stdout, stderr } = await new Deno.Command(command, { args, stdin: "null" })
    .output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

Deno.test("mod.ts as the main module names the module of the command, and exits with 2", async () => {
  const { code, stdout, stderr } = await run(
    ...[Deno.execPath(), "run", "-A", "--quiet", `${ROOT}mod.ts`] as const,
    ...["run", "-n", "3", "--", "false"],
  );
  assertEquals([code, stdout], [2, ""]);
  assertMatch(stderr, /^[^\n]+jsr:@lambdawaker\/executor\/cli[^\n]+\n$/);
});

Deno.test("a program that imports mod.ts is not taken for the command", async () => {
  const folder = await Deno.makeTempDir();
  await Deno.writeTextFile(`${folder}/mod.ts`, `import "${ROOT}mod.ts"; console.log("mine");`);
  const config = ["--config", `${ROOT}deno.json`];
  const result = await run(Deno.execPath(), "run", "-A", ...config, `${folder}/mod.ts`);
  assertEquals(result, { code: 0, stdout: "mine\n", stderr: "" });
  await Deno.remove(folder, { recursive: true });
});

Deno.test("mod.ts checks the runtime before anything else of it is evaluated", async () => {
  const text = await Deno.readTextFile(`${ROOT}mod.ts`);
  const [first] = text.match(/^(?:import|export)\b.*$/m) ?? [];
  assertEquals(first, 'import "./src/base/require_deno.ts";');
});

for (const runtime of ["node", "bun"]) {
  testWith(`${runtime} is refused in one sentence`, needs(runtime), async () => {
    const folder = await Deno.makeTempDir();
    await transpile(folder, [
      "cli.ts",
      "src/base/runtime.ts",
      "src/base/require_deno.ts",
      "src/cli/mock_words.ts",
    ]);
    const command = await run(runtime, `${folder}/cli.js`, "run");
    assertEquals([command.code, command.stdout], [2, ""]);
    assertMatch(
      command.stderr,
      /^@lambdawaker\/executor needs Deno 2\.7 or later: this is (Node\.js|Bun) \S+\n$/,
    );
    const imported = await run(runtime, `${folder}/src/base/require_deno.js`);
    assert(imported.code !== 0);
    assertMatch(imported.stderr, /@lambdawaker\/executor needs Deno 2\.7 or later: this is /);
    assertEquals(imported.stderr.match(/^\s+at /m), null);
    await Deno.remove(folder, { recursive: true });
  });
}
