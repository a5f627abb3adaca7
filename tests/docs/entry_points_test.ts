// What JSR's score asks of a package, as far as the package itself can meet it. CONTRIBUTING.md has the rest.
import { assert, assertEquals, assertMatch } from "@std/assert";

const ROOT = new URL("../../", import.meta.url);
const config = JSON.parse(await Deno.readTextFile(new URL("deno.json", ROOT)));
const files = Object.values<string>(config.exports);

for (const file of files) {
  Deno.test(`${file}: the module has documentation with an example`, async () => {
    const text = await Deno.readTextFile(new URL(file, ROOT));
    const [doc = ""] = /^\s*\/\*\*[^]*?\*\//.exec(text) ?? [];
    assertMatch(doc, /@example\n \* ```(ts|sh)\b.*\n[^]*?@lambdawaker\/executor/);
    assertMatch(doc, /@module/);
  });
}

Deno.test("no page of `deno doc` has an entry that only points to another one, nor a control character", async () => {
  for (const file of files) {
    const { success, stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["doc", file],
      cwd: ROOT,
      env: { NO_COLOR: "1" },
    }).output();
    assert(success, file);
    const page = new TextDecoder().decode(stdout);
    const pointers = page.split("\n").filter((line) =>
      /^ *See \{@linkcode [\w.]+\}\.?$/.test(line)
    );
    assertEquals(pointers, [], file);
    // Where there is one, grep takes the page for a binary file.
    // deno-lint-ignore no-control-regex
    assert(!/[\x00-\x08\x0b-\x1f]/.test(page), file);
  }
});

Deno.test("the tasks check the documentation of each entry point, and publishing", () => {
  const { command } = config.tasks.check;
  const [, linted = ""] = /deno doc --lint (.*?) &&/.exec(command) ?? [];
  const named = linted.split(" ").flatMap((word) => {
    const [, before, names, after] = /^(.*)\{(.*)\}(.*)$/.exec(word) ?? [];
    return names === undefined ? [word] : names.split(",").map((name) => before + name + after);
  });
  assertEquals(named.map((file) => `./${file}`).toSorted(), files.toSorted());
  // It refuses slow types.
  assertMatch(command, /deno publish --dry-run(?! --allow-slow-types)/);
});

Deno.test("the package has its README, its licence, and what README links to", async () => {
  const readme = await Deno.readTextFile(new URL("README.md", ROOT));
  const links = Array.from(readme.matchAll(/\]\((?!https?:|#)([^)#]+)/g), ([, path]) => path!);
  for (const path of ["LICENSE", "CHANGELOG.md", ...links]) {
    assert((await Deno.stat(new URL(path, ROOT))).isFile, path);
    assert(!config.publish.exclude.includes(path.split("/")[0]), `${path} is not published`);
  }
  assertMatch(readme, /^```ts/m);
});

Deno.test("a version is published by a workflow, which tells where it was built", async () => {
  const text = await Deno.readTextFile(new URL(".github/workflows/publish.yml", ROOT));
  assertMatch(text, /^ {2}id-token: write$/m);
  assertMatch(text, /run: npx -y deno@2 publish$/m);
});
