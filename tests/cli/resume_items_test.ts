// `executor resume` of jobs of items: their lists are read again, or come from the journal.
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { cliCommand, type CliResult } from "../helpers/cli.ts";
import { textOf } from "../helpers/files.ts";
import { eventsIn, withFolder } from "../helpers/journal.ts";
import { until } from "../helpers/processes.ts";
import { allow, noted, noting, QUIET, runIn } from "../helpers/resumed.ts";

Deno.test("words after ::: come from the journal, whatever is in them", async () => {
  await withFolder(async (folder) => {
    const words = ["a", "two words", "\\:::", "\\\\::::", "$HOME", "{item}", "-n", "🦕"];
    const args = ["run", ...QUIET, "--", "sh", "-c", noting("a"), "\\:::", "{item}", ":::"];
    assertEquals((await runIn(folder, [...args, ...words])).code, 1);
    allow(folder);
    assertEquals((await runIn(folder, ["resume", "run.jsonl"])).code, 0);
    const items = ["a", "two words", ":::", "\\::::", "$HOME", "{item}", "-n", "🦕"];
    assertEquals(noted(folder), [...items, ...items.slice(1)].toSorted());
    const commands = eventsIn(`${folder}/run.jsonl`, "run-started").map(({ command }) => command);
    assertEquals(commands[0], commands[1]);
  });
});

Deno.test("a file of items is read again, and may have changed", async () => {
  await withFolder(async (folder) => {
    Deno.writeTextFileSync(`${folder}/list`, "a\0b\0c\0");
    const args = ["run", "--items", "list", "-0", ...QUIET, "--", "sh", "-c", noting("a"), "sh"];
    assertEquals((await runIn(folder, [...args, "{item}"])).code, 1);
    allow(folder);
    Deno.writeTextFileSync(`${folder}/list`, "d\0c\0a\0");
    assertEquals((await runIn(folder, ["resume", "run.jsonl"])).code, 0);
    assertEquals(noted(folder), ["a", "b", "c", "c", "d"]);
    // All of it is done, but another item is not.
    const again = await runIn(folder, ["resume", "run.jsonl"]);
    assertStringIncludes(again.stderr, "the job of run.jsonl is done");
    Deno.writeTextFileSync(`${folder}/list`, "d\0c\0e\0a\0");
    assertEquals((await runIn(folder, ["resume", "run.jsonl"])).code, 0);
    assertEquals(noted(folder), ["a", "b", "c", "c", "d", "e"]);
  });
});

Deno.test("a list that is gone is asked for in one sentence", async () => {
  await withFolder(async (folder) => {
    for (const list of ["list", "/dev/stdin", "/dev/fd/0"]) {
      await Deno.remove(`${folder}/run.jsonl`).catch(() => {});
      Deno.writeTextFileSync(`${folder}/list`, "a\nb\n");
      const args = [
        "run",
        "--items",
        list,
        ...QUIET,
        "--",
        "sh",
        "-c",
        noting("a"),
        "sh",
        "{item}",
      ];
      await runIn(folder, args, { input: "a\nb\n" });
      await Deno.remove(`${folder}/list`);
      const asked = await runIn(folder, ["resume", "run.jsonl"], { input: "x\n" });
      assertEquals(asked.code, 2);
      assertEquals(
        asked.stderr.split("\n")[0],
        `executor: the items of the journal run.jsonl came from ${list}, which is not there any more: ` +
          "give the list, as in executor resume run.jsonl --items FILE",
      );
    }
    Deno.writeTextFileSync(`${folder}/other`, "b\nc\n");
    await Deno.remove(`${folder}/noted`);
    allow(folder);
    assertEquals((await runIn(folder, ["resume", "run.jsonl", "--items", "other"])).code, 0);
    assertEquals(noted(folder), ["b", "c"]);
  });
});

Deno.test("items of a stdin that was read to its end come from the journal, to the byte", async () => {
  await withFolder(async (folder) => {
    const pipe = new Deno.Command("bash", {
      args: [
        "-c",
        `printf 'a\\r\\0b\\0two\\nlines\\0' | "$@"`,
        "bash",
        ...[Deno.execPath(), "run", "-A", "--quiet"],
        new URL("../../cli.ts", import.meta.url).pathname,
        ...["run", "--items", "-", "-0", ...QUIET, "--", "sh", "-c"],
        ...['printf %s "$1" | od -An -c >>noted; [ -e ok ]', "sh", "{item}"],
      ],
      cwd: folder,
    });
    assertEquals((await pipe.output()).code, 1);
    const before = noted(folder);
    allow(folder);
    await Deno.remove(`${folder}/noted`);
    assertEquals((await runIn(folder, ["resume", "run.jsonl"], { input: "x\n" })).code, 0);
    assertEquals(noted(folder), before);
    // They are in the journal once.
    const read = eventsIn(`${folder}/run.jsonl`, "items-read").filter(({ items }) => items);
    assertEquals(read.flatMap(({ items }) => items).length, 3);
    const again = await runIn(folder, ["resume", "run.jsonl"]);
    assertEquals([again.code, again.stderr], [
      0,
      "executor: the job of run.jsonl is done: there is nothing to resume\n",
    ]);
  });
});

Deno.test("columns of a list from stdin have the names of before", async () => {
  await withFolder(async (folder) => {
    const args = ["run", "-a", "-", "--csv", "--header", ...QUIET, "--", "sh", "-c", noting("a-2")];
    const input = 'name,count\na,2\n"b, c",1\n';
    assertEquals((await runIn(folder, [...args, "sh", "{name}-{count}"], { input })).code, 1);
    allow(folder);
    for (const note of ["b, c-1", undefined]) {
      const { code, stderr } = await runIn(folder, ["resume", "run.jsonl"]);
      assertEquals(code, 0);
      assertEquals(stderr.includes("nothing to resume"), note === undefined);
    }
    assertEquals(noted(folder), ["a-2", "b, c-1", "b, c-1"]);
  });
});

Deno.test("several lists are combined as before, also if one of them came from stdin", async () => {
  await withFolder(async (folder) => {
    Deno.writeTextFileSync(`${folder}/list`, "x\ny\n");
    const jobs = [
      { lists: [":::", "a", "b", "::::", "list"], noted: ["a-x", "a-y", "b-x", "b-y"] },
      { lists: [":::", "a", "b", "::::+", "list"], noted: ["a-x", "b-y"] },
      { lists: [":::", "a", "b", "::::", "-"], noted: ["a-x", "a-y", "b-x", "b-y"] },
    ];
    for (const { lists, noted: wanted } of jobs) {
      for (const name of ["ok", "run.jsonl"]) {
        await Deno.remove(`${folder}/${name}`).catch(() => {});
      }
      const args = ["run", ...QUIET, "--", "sh", "-c", noting("a-x"), "sh", "{1}-{2}", ...lists];
      assertEquals((await runIn(folder, args, { input: "x\ny\n" })).code, 1);
      assertEquals(noted(folder), wanted);
      allow(folder);
      await Deno.remove(`${folder}/noted`);
      assertEquals((await runIn(folder, ["resume", "run.jsonl"])).code, 0);
      assertEquals(noted(folder), wanted.slice(1));
      await Deno.remove(`${folder}/noted`);
      const { stderr } = await runIn(folder, ["resume", "run.jsonl"]);
      assertStringIncludes(stderr, "is done: there is nothing to resume");
    }
  });
});

/** Starts a run that reads items from stdin, and kills it when it has noted them, before stdin ends. */
async function killAtStdin(
  folder: string,
  { args, items }: { args: string[]; items: string[] },
): Promise<void> {
  const child = cliCommand(args, { cwd: folder, stdin: "piped" }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(items.map((item) => `${item}\n`).join("")));
  const last = items.at(-1)!;
  await until(async () => (await textOf(`${folder}/noted`)).includes(last), `${last} runs`);
  child.kill("SIGKILL");
  await writer.close().catch(() => {});
  await Promise.all([child.status, child.stdout.cancel(), child.stderr.cancel()]);
}

function assertAsksForStdin({ code, stderr }: CliResult): void {
  assertEquals([code, stderr.split("\n")[0]], [
    2,
    "executor: the items of the journal run.jsonl came from stdin, which was not read to its end: " +
    "give the list, as in executor resume run.jsonl --items FILE",
  ]);
}

Deno.test("a stdin that was not read to its end is asked for, although an earlier one was", async () => {
  await withFolder(async (folder) => {
    const args = ["run", "--items", "-", ...QUIET, "--", "sh", "-c", noting("a b"), "sh", "{item}"];
    assertEquals((await runIn(folder, args, { input: "a\nb\n" })).code, 0);
    await killAtStdin(folder, { args: ["resume", "run.jsonl", "--items", "-"], items: ["c"] });
    assertAsksForStdin(await runIn(folder, ["resume", "run.jsonl"]));
    allow(folder);
    const options = { input: "c\ne\n" };
    assertEquals((await runIn(folder, ["resume", "run.jsonl", "--items", "-"], options)).code, 0);
    assertEquals(noted(folder), ["a", "b", "c", "c", "e"]);
  });
});

Deno.test("a stdin that was not read to its end is asked for", async () => {
  await withFolder(async (folder) => {
    const command = ["--", "sh", "-c", noting(), "sh", "{item}"];
    await killAtStdin(folder, {
      args: ["run", "--items", "-", "-w", "1", ...QUIET, ...command],
      items: ["a", "b"],
    });
    const asked = await runIn(folder, ["resume", "run.jsonl"]);
    assertAsksForStdin(asked);
    allow(folder);
    await Deno.remove(`${folder}/noted`);
    Deno.writeTextFileSync(`${folder}/list`, "a\nb\n");
    assertEquals((await runIn(folder, ["resume", "run.jsonl", "--items", "list"])).code, 0);
    assertEquals(noted(folder), ["a", "b"]);
    const piped = await runIn(folder, ["resume", "run.jsonl", "--items", "-"], { input: "c\nb\n" });
    assertEquals(piped.code, 0);
    assertEquals(noted(folder), ["a", "b", "c"]);
    // That list was read to its end.
    const last = await runIn(folder, ["resume", "run.jsonl"]);
    assertStringIncludes(last.stderr, "is done: there is nothing to resume");
  });
});

Deno.test("a list that is named anew and is not there is one sentence", async () => {
  await withFolder(async (folder) => {
    await runIn(folder, ["run", ...QUIET, "--", "false", "{}", ":::", "a"]);
    const { code, stderr } = await runIn(folder, ["resume", "run.jsonl", "--items", "missing"]);
    assertEquals(code, 2);
    assertMatch(stderr, /^executor: --items or :::: must be a file that can be read: .*missing"/);
  });
});
