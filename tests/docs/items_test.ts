// Every command of docs/items.md, with what it prints.
import { assertEquals } from "@std/assert";

const ROOT = new URL("../..", import.meta.url).pathname;
const PAGE = Deno.readTextFileSync(`${ROOT}docs/items.md`);
const LINES = Array.from(PAGE.matchAll(/^```sh\n([^]*?)\n```$/gm), ([, block]) => block!);

const PRINTED = [
  "item 0 of 3\nitem 1 of 3\nitem 2 of 3\n",
  Array.from(Deno.readDirSync(`${ROOT}docs`), ({ name }) => name)
    .filter((name) => name.endsWith(".md")).join("\n") + "\n",
  "a 1\na 2\na 3\nb 1\nb 2\nb 3\n",
  "a is 1\nb is 2\nc is 3\n",
  "liver: a\nleft lung: b\n",
  "x y/1\nz/1\n",
];

Deno.test("the page has these commands", () => assertEquals(LINES.length, PRINTED.length));

LINES.forEach((line, index) => {
  Deno.test(`it prints what it should: ${line}`, async () => {
    const executor = `executor() { "${Deno.execPath()}" run -A --quiet "${ROOT}cli.ts" "$@"; }`;
    const { stdout } = await new Deno.Command("sh", {
      args: ["-c", `${executor}\n${line}`],
      cwd: ROOT,
      stdin: "null",
      stderr: "null",
    }).output();
    const inOrder = (text: string) => text.split("\n").sort();
    const printed = new TextDecoder().decode(stdout);
    // find(1) lists files in any order.
    if (line.includes("find")) assertEquals(inOrder(printed), inOrder(PRINTED[index]!));
    else assertEquals(printed, PRINTED[index]);
  });
});
