import { assert, assertEquals, assertMatch } from "@std/assert";
import { runCli } from "../helpers/cli.ts";
import { eventsIn, withFolder } from "../helpers/journal.ts";

Deno.test("a resume knows items by what they are: their order and number may be others", async () => {
  await withFolder(async (folder) => {
    const journal = `${folder}/run.jsonl`;
    const list = `${folder}/list`;
    const run = async (items: string[], more: string[]) => {
      Deno.writeTextFileSync(list, items.join("\n"));
      return await runCli([
        ...["run", "--items", list, "--journal", journal, ...more, "--"],
        ...["sh", "-c", 'case $1 in bad*) [ -e "$0" ];; esac', `${folder}/fixed`, "{item}"],
      ]);
    };
    const first = await run(["a", "b", "bad 1", "twice", "bad 2"], []);
    assertEquals(first.code, 1);
    Deno.writeTextFileSync(`${folder}/fixed`, "");
    const second = await run(["new", "bad 2", "b", "twice", "twice", "a"], ["--resume"]);
    assertEquals(second.code, 0);
    const started = eventsIn(journal, "attempt-started").slice(5).map(({ items }) => items!.join());
    assertEquals(started.sort(), ["bad 2", "new", "twice"]);
    const { totalItems, ranges, resumed } = eventsIn(journal, "items-read").at(-1)!;
    assertEquals([totalItems, ranges], [6, 6]);
    assertEquals([resumed?.counts.SUCCESS, resumed?.doneItems], [3, 3]);
    assertMatch(second.stdout, /6 done \(3 before\) of 6 items/);
  });
});

Deno.test("a resume with several items to a process does what is left of them", async () => {
  await withFolder(async (folder) => {
    const journal = `${folder}/run.jsonl`;
    const script = 'echo "PROGRESS: 2"; [ -e "$0" ] || exit 1';
    const args = (more: string[], items: string[]) => [
      ...["run", "--per-process", "3", "--retry-from", "checkpoint", "--journal", journal],
      ...[...more, "--", "sh", "-c", script, `${folder}/fixed`, "{items}", ":::", ...items],
    ];
    assertEquals((await runCli(args([], ["a", "b", "c", "d"]))).code, 1);
    Deno.writeTextFileSync(`${folder}/fixed`, "");
    assertEquals((await runCli(args(["--resume"], ["d", "c", "b", "a"]))).code, 0);
    const second = eventsIn(journal, "attempt-started").slice(2);
    assertEquals(second.map(({ items }) => items), [["d", "c"]]);
  });
});

Deno.test("a journal of items is not one of numbers, and the command must be the same", async () => {
  await withFolder(async (folder) => {
    const journal = `${folder}/run.jsonl`;
    await runCli(["run", "--journal", journal, "--", "true", ":::", "a"]);
    const resume = ["run", "--journal", journal, "--resume"];
    const numbers = await runCli([...resume, "-n", "1", "--", "true"]);
    assertEquals(numbers.code, 2);
    assertMatch(numbers.stderr, /it was made of items and is a number of them/);
    const other = await runCli([...resume, "--", "false", ":::", "a"]);
    assertEquals(other.code, 2);
    assertMatch(other.stderr, /the command was \["true"\] and is \["false"\]/);
    assert((await runCli([...resume, "--", "true", ":::", "b"])).code === 0);
  });
});

Deno.test("a resume overwrites neither results nor logs of what was done before", async () => {
  await withFolder(async (folder) => {
    const run = (...items: string[]) =>
      runCli([
        ...["run", "--journal", `${folder}/journal`, "--resume", "--results", `${folder}/results`],
        ...[
          "--log-dir",
          `${folder}/logs`,
          "--",
          "sh",
          "-c",
          "echo result of $1",
          "sh",
          ":::",
          ...items,
        ],
      ]);
    assertEquals((await run("a", "b")).code, 0);
    assertEquals((await run("c", "a", "b", "a")).code, 0);
    const kept = Array.from(Deno.readDirSync(`${folder}/results`))
      .filter(({ isDirectory }) => isDirectory)
      .map(({ name }) => Deno.readTextFileSync(`${folder}/results/${name}/stdout`));
    assertEquals(kept.sort(), ["a", "a", "b", "c"].map((item) => `result of ${item}\n`));
    const logs = Array.from(Deno.readDirSync(`${folder}/logs`), ({ name }) => name);
    assertEquals(logs.filter((name) => name.endsWith(".log")).length, 4);
  });
});
