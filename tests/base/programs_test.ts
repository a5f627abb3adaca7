import { assertEquals } from "@std/assert";
import { findProgram } from "../../src/base/programs.ts";
import { withFolder } from "../helpers/journal.ts";
import { needs, POSIX, testWith } from "../helpers/needs.ts";

const needsPosix = needs(POSIX);

testWith(
  "a program is looked for in the order of the PATH, as execvp does",
  needsPosix,
  async () => {
    await withFolder(async (folder) => {
      const make = async (name: string, mode: number) => {
        await Deno.mkdir(`${folder}/${name.split("/")[0]}`, { recursive: true });
        await Deno.writeTextFile(`${folder}/${name}`, "");
        await Deno.chmod(`${folder}/${name}`, mode);
      };
      await make("a/tool", 0o644);
      await make("b/tool", 0o755);
      await make("c/tool", 0o700);
      await Deno.mkdir(`${folder}/d/tool`, { recursive: true });
      const find = (name: string, ...folders: string[]) =>
        findProgram(name, folders.map((each) => `${folder}/${each}`).join(":"));
      const foundInB = { kind: "found", path: `${folder}/b/tool`, mode: 0o100755 } as const;
      assertEquals(find("tool", "none", "d", "a", "b", "c"), foundInB);
      assertEquals(find("tool", "c", "b"), {
        ...foundInB,
        path: `${folder}/c/tool`,
        mode: 0o100700,
      });
      assertEquals(find("tool", "a"), { kind: "not-executable", path: `${folder}/a/tool` });
      assertEquals(find("tool", "d", "none"), { kind: "not-found" });
      assertEquals(find(`${folder}/b/tool`, "a"), foundInB);
      assertEquals(find(`${folder}/a/tool`), { kind: "not-executable", path: `${folder}/a/tool` });
      assertEquals(find(`${folder}/d/tool`), { kind: "not-found" });
      assertEquals(find("", "b"), { kind: "not-found" });
    });
  },
);

testWith("an empty folder of the PATH is the working directory", needsPosix, () => {
  assertEquals(findProgram("no-such-program", ""), { kind: "not-found" });
  assertEquals(findProgram("deno.json", "/nowhere:"), {
    kind: "not-executable",
    path: "./deno.json",
  });
});

Deno.test({
  name: "where files may not be looked at, nobody is asked",
  permissions: { read: false, env: true },
  fn: () => assertEquals(findProgram("sh", "/bin"), { kind: "unknown" }),
});
