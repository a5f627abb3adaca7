// The command that runs the tests, and its list of those that were skipped.
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { withFolder } from "../helpers/journal.ts";

const TOOL = new URL("../../tools/run_tests.ts", import.meta.url).pathname;
const NEEDS = new URL("../helpers/needs.ts", import.meta.url).href;
const CONFIG = new URL("../../deno.json", import.meta.url).pathname;

/** Runs the command on a file of tests. */
async function runTests(text: string): Promise<{ code: number; lines: string[] }> {
  let result = { code: -1, lines: [""] };
  await withFolder(async (folder) => {
    const file = `${folder}/some_test.ts`;
    await Deno.writeTextFile(file, `import { needs, testWith } from "${NEEDS}";\n${text}`);
    const { code, stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--config", CONFIG, TOOL, "--config", CONFIG, "--parallel", file],
      env: { NO_COLOR: "1" },
      stderr: "null",
    }).output();
    result = { code, lines: new TextDecoder().decode(stdout).trimEnd().split("\n") };
  });
  return result;
}

Deno.test("deno task test ends with a line for each program that skipped tests lack", async () => {
  const { code, lines } = await runTests(`
    for (const name of ["a", "b <&> \\"c\\""]) testWith(name, needs("no-such", "sh"), () => {});
    testWith("d", needs("none-either", { name: "the right to fly", isMet: false }), () => {});
    testWith("e", needs("sh", "no-such"), () => {});
    testWith("f", needs("sh"), () => {});
    Deno.test.ignore("g (of old)", () => {});
  `);
  assertEquals(code, 0);
  assertEquals(lines.slice(-4), [
    "skipped for want of no-such: 3 tests",
    "skipped for want of none-either: 1 test",
    "skipped for want of the right to fly: 1 test",
    "skipped: g (of old)",
  ]);
  assertMatch(lines.at(-6)!, /^ok \| 1 passed \| 0 failed \| 5 ignored \(/);
  assertStringIncludes(lines.join("\n"), "d (needs none-either, the right to fly) ... ignored");
});

Deno.test("deno task test keeps the exit code, and lists nothing if nothing was skipped", async () => {
  const { code, lines } = await runTests(`testWith("x", needs("sh"), () => { throw 1; });`);
  assertEquals([code, lines.some((line) => line.startsWith("skipped"))], [1, false]);
  assertEquals(lines.filter((line) => /^FAILED \| 0 passed \| 1 failed/.test(line)).length, 1);
  const fine = await runTests(`testWith("x", needs("sh"), () => {});`);
  assertEquals([fine.code, /^ok \| 1 passed/.test(fine.lines.at(-1)!)], [0, true]);
});
