import { assert, assertEquals } from "@std/assert";
import { probeReplace, replaceFile } from "../../src/base/atomic_file.ts";
import { withFolder } from "../helpers/journal.ts";
import { until } from "../helpers/processes.ts";

Deno.test("replaceFile() replaces the target of a link, not the link", async () => {
  await withFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/real`, "old");
    await Deno.symlink(`${folder}/real`, `${folder}/link`);
    await replaceFile(`${folder}/link`, "new");
    assertEquals(await Deno.readTextFile(`${folder}/real`), "new");
    assert((await Deno.lstat(`${folder}/link`)).isSymlink);
    assertEquals(Array.from(Deno.readDirSync(folder), ({ name }) => name).sort(), ["link", "real"]);
  });
});

Deno.test("replaceFile() writes into a pipe and a device without replacing them", async () => {
  await withFolder(async (folder) => {
    const [pipe, out] = [`${folder}/pipe`, `${folder}/out`];
    const reader = new Deno.Command("sh", {
      args: ["-c", 'mkfifo "$0" && echo ready && cat "$0" > "$1"', pipe, out],
      stdout: "piped",
    }).spawn();
    await until(() => Deno.lstat(pipe).then(() => true, () => false), "the pipe is there");
    probeReplace(pipe);
    await replaceFile(pipe, "through the pipe");
    await reader.output();
    assertEquals(await Deno.readTextFile(out), "through the pipe");
    assert((await Deno.lstat(pipe)).isFifo);
    const shell = 'exec "$0" eval --ext=ts "$1" | cat > "$2"';
    const module = new URL("../../src/base/atomic_file.ts", import.meta.url);
    await Deno.symlink("/dev/stdout", `${folder}/stdout`);
    const code = `import { replaceFile } from "${module}";
      await replaceFile("${folder}/stdout", "text");`;
    await new Deno.Command("sh", { args: ["-c", shell, Deno.execPath(), code, out] }).output();
    assertEquals(await Deno.readTextFile(out), "text");
    assert((await Deno.lstat(`${folder}/stdout`)).isSymlink);
  });
});
