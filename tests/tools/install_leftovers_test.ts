// What an install leaves: nothing if it fails, and the parts of an older program for a while.
import { assert, assertEquals } from "@std/assert";
import {
  namesIn,
  PROGRAM,
  type Result,
  ROOT,
  run,
  tool,
  withPrefix,
} from "../helpers/installer.ts";

/** Makes a folder in which no file can be made. */
async function closedFolder(path: string): Promise<void> {
  // The superuser may write everywhere, except into files of the kernel.
  if (Deno.uid() === 0) await Deno.symlink("/proc", path);
  else await Deno.mkdir(path, { mode: 0o555 });
}

Deno.test("an install that fails names --prefix, and leaves nothing behind", async () => {
  await withPrefix(async (prefix) => {
    await Deno.mkdir(`${prefix}/tmp`, { recursive: true });
    const install = (base: string) =>
      run(Deno.execPath(), ["run", "-A", PROGRAM, "add", "--prefix", base], {
        cwd: ROOT,
        env: { TMPDIR: `${prefix}/tmp` },
      });
    const assertRefused = ({ code, stdout, stderr }: Result, base: string) => {
      const begin = "Cannot install: --prefix must be a directory that can be written: " +
        `current value is "${base}" (`;
      assertEquals([code, stdout, stderr.slice(0, begin.length)], [2, "", begin]);
      assertEquals(stderr.split("\n").length, 2);
      assertEquals(namesIn(`${prefix}/tmp`), []);
    };
    await Deno.mkdir(`${prefix}/closed`);
    await closedFolder(`${prefix}/closed/bin`);
    assertRefused(await install(`${prefix}/closed`), `${prefix}/closed`);
    assertEquals(namesIn(`${prefix}/closed`), ["bin"]);
    await Deno.writeTextFile(`${prefix}/file`, "");
    assertRefused(await install(`${prefix}/file/x`), `${prefix}/file/x`);
    await Deno.mkdir(`${prefix}/half`);
    await Deno.writeTextFile(`${prefix}/half/lib`, "");
    assertRefused(await install(`${prefix}/half`), `${prefix}/half`);
    assertEquals(namesIn(`${prefix}/half`), ["lib"]);
  });
});

for (const [signal, code] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
  Deno.test(`an install that ${signal} stops leaves nothing behind`, async () => {
    await withPrefix(async (prefix) => {
      const temporary = `${prefix}/tmp`;
      await Deno.mkdir(temporary, { recursive: true });
      const watcher = Deno.watchFs(temporary);
      const installer = new Deno.Command(Deno.execPath(), {
        args: ["run", "-A", PROGRAM, "add", "--prefix", `${prefix}/base`],
        cwd: ROOT,
        env: { NO_COLOR: "1", TMPDIR: temporary },
        stdin: "null",
        stdout: "piped",
        stderr: "piped",
      }).spawn();
      for await (const { kind } of watcher) {
        if (kind === "create") break;
      }
      installer.kill(signal);
      const { code: found, stderr } = await installer.output();
      assertEquals([found, new TextDecoder().decode(stderr)], [
        code,
        `Cannot install: it was stopped by ${signal}, and nothing was changed\n`,
      ]);
      assertEquals(namesIn(prefix), ["tmp"]);
      assertEquals(namesIn(temporary), []);
    });
  });
}

Deno.test("uninstall removes what an interrupted install has left, and nothing else", async () => {
  await withPrefix(async (prefix) => {
    const folder = `${prefix}/lib/executor`;
    const script = `${prefix}/bin/executor`;
    assertEquals((await tool("add", "--prefix", prefix)).code, 0);
    await Deno.rename(script, `${script}.4711`);
    await Deno.writeTextFile(`${script}.4712`, "mine\n");
    await Deno.mkdir(`${folder}/parts-0123456789abcdef.4711`);
    await Deno.writeTextFile(`${folder}/executor.js.4711.js`, "");
    await Deno.writeTextFile(`${folder}/parts-mine`, "");
    const removed = await tool("remove", "--prefix", prefix);
    assertEquals([removed.code, removed.stdout], [0, `Removed what was left of ${script}\n`]);
    assertEquals(namesIn(folder), ["parts-mine"]);
    assertEquals(namesIn(`${prefix}/bin`), ["executor.4712"]);
    assertEquals(namesIn(`${prefix}/share/man/man1`), []);
    const again = await tool("remove", "--prefix", prefix);
    assertEquals([again.code, again.stderr], [2, `Cannot uninstall: ${script} is not there\n`]);
  });
});

Deno.test("the parts of a program are kept for 30 days after it is replaced", async () => {
  await withPrefix(async (prefix) => {
    await tool("add", "--prefix", prefix);
    const folder = `${prefix}/lib/executor`;
    const parts = namesIn(folder).find((name) => name.startsWith("parts-"))!;
    const [replaced, older] = ["parts-0000000000000000", "parts-1111111111111111"];
    const program = `${folder}/executor.js`;
    const text = await Deno.readTextFile(program);
    await Deno.writeTextFile(program, text.replaceAll(parts, replaced));
    await Deno.rename(`${folder}/${parts}`, `${folder}/${replaced}`);
    await Deno.mkdir(`${folder}/${older}`);
    const then = new Date(Date.now() - 31 * 24 * 3_600_000);
    for (const name of [replaced, older]) await Deno.utime(`${folder}/${name}`, then, then);
    // The second time, it replaces itself.
    for (const _ of [1, 2]) {
      assertEquals((await tool("add", "--prefix", prefix)).code, 0);
      assertEquals(namesIn(folder).sort(), ["executor.js", replaced, parts].sort());
    }
    const { mtime } = await Deno.stat(`${folder}/${replaced}`);
    assert(Date.now() - mtime!.getTime() < 3_600_000, `${mtime}`);
  });
});
