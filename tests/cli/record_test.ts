// What `executor run` records of itself, so that a later run can take it from the journal.
import { readJournal } from "@lambdawaker/executor/journal";
import type { RunEvent } from "@lambdawaker/executor";
import { assertEquals, assertMatch } from "@std/assert";
import { runBash, runCli } from "../helpers/cli.ts";
import { withFolder } from "../helpers/journal.ts";

type Started = RunEvent & { kind: "run-started" };

const SOURCES: [title: string, args: string, origin: object][] = [
  [
    "numbers",
    "-n 3 -- true",
    { sources: [{ kind: "numbers", total: 3 }], options: { totalItems: 3 } },
  ],
  [
    "words",
    "-w 1 -- true ::: a 'b c'",
    { sources: [{ kind: "words", words: ["a", "b c"] }], options: { numWorkers: 1 } },
  ],
  [
    "a file",
    "--items list.txt -w 2 -- true",
    {
      sources: [{ kind: "file", path: "list.txt", separator: "\n" }],
      options: { items: ["list.txt"], numWorkers: 2 },
    },
  ],
  [
    "stdin, with NULs",
    "-0 --items - -- true < list.txt",
    {
      sources: [{ kind: "stdin", separator: "\0" }],
      options: { items: ["-"], null: true },
    },
  ],
  [
    "stdin, as the command names an item",
    "-- true {} < list.txt",
    { sources: [{ kind: "stdin", separator: "\n" }], options: {} },
  ],
  [
    "several lists",
    "-a list.txt --colsep , --link -- true :::: list.txt ::::+ list.txt ::: a b :::+ c",
    {
      sources: [
        { kind: "file", path: "list.txt", separator: "\n" },
        { kind: "file", path: "list.txt", separator: "\n" },
        { kind: "file", path: "list.txt", separator: "\n", isLinked: true },
        { kind: "words", words: ["a", "b"] },
        { kind: "words", words: ["c"], isLinked: true },
      ],
      options: { items: ["list.txt"], colsep: ",", link: true },
    },
  ],
  [
    "options of every kind",
    "-n 2 -c 1 --retry-delay 1s,2 --halt-on 3:kill --timeout 1m30s --retry-from checkpoint " +
    "--grace-period 5s --progress-pattern '(?<done>\\d+) done' --output ordered --results out --resume -- true",
    {
      sources: [{ kind: "numbers", total: 2 }],
      options: {
        totalItems: 2,
        chunkSize: 1,
        retryDelay: { initial: 1_000, factor: 2 },
        haltOn: { failures: 3, how: "kill" },
        timeout: 90_000,
        retryFrom: "checkpoint",
        gracePeriod: 5_000,
        protocol: "(?<done>\\d+) done",
        output: "ordered",
        results: "out",
      },
    },
  ],
];

for (const [title, args, origin] of SOURCES) {
  Deno.test(`a journal has command, directory, sources and options: ${title}`, async () => {
    await withFolder(async (folder) => {
      await Deno.writeTextFile(`${folder}/list.txt`, "x\ny\n");
      const { code, stderr } = await runBash(
        `cd ${folder} && X --reporter quiet --journal run.jsonl ${args}`,
      );
      assertEquals([code, stderr], [0, ""]);
      const [first] = readJournal(`${folder}/run.jsonl`);
      const { command, directory, sources, options } = first as Started;
      const { reporter, ...others } = options!;
      assertEquals<unknown>(
        [command, directory, { sources, options: others }, reporter],
        [
          args.includes("{}") ? ["true", "{}"] : ["true"],
          await Deno.realPath(folder),
          origin,
          "quiet",
        ],
      );
    });
  });
}

Deno.test("a journal has all items of stdin, also those that no worker has begun", async () => {
  await withFolder(async (folder) => {
    // More than are read ahead, and one that is no UTF-8.
    const { code } = await runBash(`cd ${folder}
      { seq 1 30000; printf '\\377\\n'; } |
        X --reporter quiet --journal run.jsonl --halt-on 1 --items - --per-process 20000 -w 1 -- sh -c 'exit 3'`);
    assertEquals(code, 1);
    const events = Array.from(readJournal(`${folder}/run.jsonl`));
    const isRead = events.some((event) => event.kind === "items-read" && event.isComplete);
    const items = events.flatMap((event) => event.kind === "items-read" ? event.items ?? [] : []);
    const all = Array.from({ length: 30_000 }, (_, index) => `${index + 1}`);
    const wanted = [...all, "\udcff"];
    assertEquals(items, wanted.slice(0, items.length));
    const begun = events.flatMap((event) => event.kind === "attempt-started" ? event.items! : []);
    assertEquals(items.slice(0, begun.length), begun);
    // The run may have halted when all items were read, and before the end of stdin was.
    if (isRead) assertEquals(items.length, wanted.length);
  });
});

Deno.test("items of a file are not recorded before they are begun", async () => {
  await withFolder(async (folder) => {
    const script = `cd ${folder}; seq 1 9 > list.txt
      X --reporter quiet --journal run.jsonl --items list.txt -- true`;
    assertEquals((await runBash(script)).code, 0);
    const events = Array.from(readJournal(`${folder}/run.jsonl`));
    assertEquals(events.filter((event) => event.kind === "items-read" && "items" in event), []);
  });
});

Deno.test("a journal of a newer version is refused by name, with exit code 2", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/run.jsonl`;
    const args = ["run", "-n", "1", "--reporter", "quiet", "--journal", path];
    assertEquals((await runCli([...args, "--", "true"])).code, 0);
    const text = await Deno.readTextFile(path);
    const newer = text.replace(/^\{"v":2/gm, '{"v":3');
    await Deno.writeTextFile(path, newer);
    const { code, stderr } = await runCli([...args, "--resume", "--", "true"]);
    assertMatch(
      stderr,
      /^executor: the journal \S+run\.jsonl cannot be read as line 1 was written by a newer version: its format is 3, and the newest that this version reads is 2\n/,
    );
    assertEquals(code, 2);
    assertEquals(await Deno.readTextFile(path), newer);
  });
});
