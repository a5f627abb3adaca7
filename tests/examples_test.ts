// The examples on real files, held against coreutils.
import { assertEquals, assertStringIncludes } from "@std/assert";
import { runCli } from "./helpers/cli.ts";
import { has } from "./helpers/programs.ts";

const ROOT = new URL("..", import.meta.url).pathname;
const FILES = 60;
const needsPrograms = { ignore: !has("python3") || !has("sha256sum") };

async function run(command: string, args: string[]): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command(command, { args, cwd: ROOT }).output();
  assertEquals(code, 0, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

/** Makes a tree, runs a job on it, and has sha256sum check every line that the workers wrote. */
async function checkJob(job: (folder: string) => Promise<void>): Promise<void> {
  const parent = await Deno.makeTempDir();
  try {
    const folder = `${parent}/tree`;
    await run("python3", ["examples/make_tree.py", folder, `${FILES}`]);
    await job(folder);
    const results = Array.from(Deno.readDirSync(parent), ({ name }) => name).filter((name) =>
      name.endsWith(".sha256")
    );
    const checked = await run("sha256sum", [
      "-c",
      ...results.sort().map((name) => `${parent}/${name}`),
    ]);
    const files = checked.trimEnd().split("\n");
    assertEquals(files.filter((line) => line.endsWith(": OK")).length, FILES);
    assertEquals(new Set(files).size, FILES, "a file was hashed twice");
  } finally {
    await Deno.remove(parent, { recursive: true });
  }
}

Deno.test("examples/hash_tree.py, from the command line", needsPrograms, async () => {
  await checkJob(async (folder) => {
    const args =
      `-n ${FILES} -w 4 -c 8 -r 3 -- python3 examples/hash_tree.py ${folder} {start} {end}`;
    const { code, stdout } = await runCli(["run", ...args.split(" ")], { cwd: ROOT });
    assertStringIncludes(stdout, `100% ${FILES}/${FILES}`);
    assertStringIncludes(stdout, "[8/8] SUCCESS");
    assertEquals(code, 0);
  });
});

Deno.test("examples/hash_tree.ts, from TypeScript", needsPrograms, async () => {
  await checkJob(async (folder) => {
    await run(Deno.execPath(), [
      "run",
      "-A",
      "--quiet",
      "examples/hash_tree.ts",
      folder,
      `${FILES}`,
    ]);
  });
});
