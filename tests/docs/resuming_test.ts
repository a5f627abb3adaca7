// Every command of docs/resuming.md, in its order.
import { assert, assertEquals } from "@std/assert";
import { cliCommandLine } from "../helpers/cli.ts";
import { withFolder } from "../helpers/journal.ts";
import { needs, testWith } from "../helpers/needs.ts";

const ROOT = new URL("../..", import.meta.url).pathname;
const PAGE = Deno.readTextFileSync(`${ROOT}docs/resuming.md`);

testWith("the commands of docs/resuming.md work", needs("python3"), async () => {
  await withFolder(async (folder) => {
    await Deno.symlink(`${ROOT}examples`, `${folder}/examples`);
    const { command, args } = cliCommandLine([]);
    const line = [command, ...args].map((word) => `'${word}'`).join(" ");
    const blocks = Array.from(PAGE.matchAll(/^```sh\n(.*?)^```/gms), ([, block]) => block!);
    assert(blocks.length >= 2);
    for (const block of blocks) {
      const { code, stderr } = await new Deno.Command("bash", {
        args: ["-ec", `executor() { ${line} "$@"; }\n${block}`],
        cwd: folder,
        env: { XDG_STATE_HOME: folder },
      }).output();
      assertEquals(code, 0, new TextDecoder().decode(stderr));
    }
    const parts = Array.from(Deno.readDirSync(`${folder}/parts`), ({ name }) => name);
    const items = parts.flatMap((name) =>
      Deno.readTextFileSync(`${folder}/parts/${name}`).trimEnd().split("\n")
    );
    assertEquals(items.length, 1000);
  });
});
