import { assertEquals } from "@std/assert";
import { isFile, isThere, mayBeThere } from "../../src/base/existence.ts";
import { withFolder } from "../helpers/journal.ts";
import { needs, POSIX, testWith } from "../helpers/needs.ts";

testWith("files, folders, links and what cannot be looked at", needs(POSIX), async () => {
  await withFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/file`, "");
    await Deno.symlink("file", `${folder}/link`);
    await Deno.symlink("nothing", `${folder}/broken`);
    await Deno.symlink("loop", `${folder}/loop`);
    const answers: [path: string, isFile: boolean, isThere: boolean, mayBeThere: boolean][] = [
      ["file", true, true, true],
      ["link", true, true, true],
      [".", false, true, true],
      ["none", false, false, false],
      ["broken", false, false, false],
      // What these lead to cannot be told.
      ["loop", false, false, true],
      ["file/x", false, false, true],
    ];
    for (const [name, ...answer] of answers) {
      const path = `${folder}/${name}`;
      assertEquals([isFile(path), isThere(path), mayBeThere(path)], answer, name);
    }
  });
});
