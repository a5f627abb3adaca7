import { assert, assertEquals, assertThrows } from "@std/assert";
import { isAbsolutePath, toPath } from "../../src/base/paths.ts";

Deno.test("a path is its text, or that of a file URL", () => {
  assertEquals(toPath("a b%20"), "a b%20");
  const isWindows = Deno.build.os === "windows";
  assertEquals(toPath(new URL("file:///C:/a%20b")), isWindows ? "C:/a b" : "/C:/a b");
});

const WRONG: [path: string | URL, said: string][] = [
  ["a\0b", 'Cannot use "a\\0b" as a path as it contains a NUL'],
  ["a\udce9", 'Cannot use "a\\xe9" as a path as it is not UTF-8'],
  ["\ud83d", 'Cannot use "\\ud83d" as a path as it is not UTF-8'],
  [new URL("file:///a%00"), "as a path as it contains a NUL"],
  [new URL("file:///a%e9"), "Cannot use a URL as a path as it is not UTF-8: file:///a%e9"],
  [new URL("http://x/y"), "Cannot use a URL as a path as it must begin with file:"],
];

for (const [path, said] of WRONG) {
  Deno.test(`no file can have the path ${Deno.inspect(path)}`, () => {
    assertThrows(() => toPath(path), TypeError, said);
  });
}

Deno.test("a path is absolute if it begins with a slash; a drive is one on Windows only", () => {
  assert(isAbsolutePath("/a"));
  for (const path of ["a", "./a", "", "~"]) assert(!isAbsolutePath(path), path);
  assertEquals(isAbsolutePath("C:a"), Deno.build.os === "windows");
});

Deno.test("the working directory is undefined if it is gone", async () => {
  const url = new URL("../../src/base/paths.ts", import.meta.url).href;
  const folder = await Deno.makeTempDir();
  const script = `import { currentDirectory } from "${url}";
    console.log(currentDirectory() === Deno.cwd());
    Deno.removeSync(Deno.cwd());
    console.log(currentDirectory());`;
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--no-config", script],
    cwd: folder,
  }).output();
  assertEquals(new TextDecoder().decode(stdout), "true\nundefined\n");
});
