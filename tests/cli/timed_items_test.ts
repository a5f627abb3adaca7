// -c with a time, for items that come through a pipe.
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { runBash, runCli } from "../helpers/cli.ts";
import { eventsIn, withFolder } from "../helpers/journal.ts";
import { RESIDENT_WORKER } from "../helpers/run_resident.ts";

const NUMBERS = Array.from({ length: 200 }, (_, index) => `${index + 1}`);
const INPUT = NUMBERS.map((number) => `${number}\n`).join("");

Deno.test("-c 200ms takes items from a pipe: as arguments, on stdin, and with resident workers; ordered output keeps their order", async () => {
  const echo = 'for item in $items; do echo "$item"; done';
  const ways: [options: string[], command: string[]][] = [
    [[], ["printf", "%s\\n", "{items}"]],
    [["--stdin"], ["cat"]],
    [["--resident"], ["sh", RESIDENT_WORKER, echo]],
  ];
  for (const [options, command] of ways) {
    const args = ["run", "-c", "200ms", "-w", "2", "-k", "--reporter", "plain", ...options];
    const { code, stdout, stderr } = await runCli([...args, "--", ...command], { input: INPUT });
    assertEquals([code, stdout], [0, INPUT], stderr);
    assertStringIncludes(stderr, "started: items are read as they come, 2 workers\n");
    const [, ranges] = /(\d+) done of \1 ranges · 200 of 200 items done/.exec(stderr) ?? [];
    assert(Number(ranges) < 100, stderr);
  }
});

Deno.test("a worker begins before the pipe has sent its second item", async () => {
  // The second item comes when the first one is done.
  const { code, stdout } = await runBash(
    `cd "$(mktemp -d)"; mkfifo pipe
     { echo first; read -r _ < pipe; echo second; } |
       X -c 10m -w 2 -k --reporter quiet -- sh -c 'echo "$@"; [ "$1" != first ] || echo done > pipe' sh {items}`,
  );
  assertEquals([code, stdout], [0, "first\nsecond\n"]);
});

Deno.test("-c with a time and columns: workers that read their items get whole rows", async () => {
  const csv = `name,size\n${NUMBERS.map((number) => `"n ${number}",${number}\n`).join("")}`;
  const rows = csv.slice(csv.indexOf("\n") + 1);
  for (
    const [option, ...command] of [
      ["--stdin", "cat"],
      ["--resident", "sh", RESIDENT_WORKER, `printf '%s' "$items"`],
    ]
  ) {
    const args = ["run", "--csv", "--header", "-c", "200ms", "-w", "1", "-k", option!];
    const result = await runCli([...args, "--reporter", "quiet", "--", ...command], { input: csv });
    assertEquals([result.code, result.stdout], [0, rows], `${option}: ${result.stderr}`);
  }
});

Deno.test("a run of a pipe with a time goes on with resume, from the items of its journal", async () => {
  await withFolder(async (folder) => {
    const script = 'for item; do [ "$item" != 150 ] || [ -e go ] || exit 1; echo "$item"; done';
    // Much longer than the start of a process: otherwise a range would never have two items on a busy machine.
    const args = ["run", "-c", "1s", "-w", "2", "--halt-on", "1", "--journal", "j", "-k"];
    const command = ["sh", "-c", script, "sh", "{items}"];
    const first = await runCli([...args, "--reporter", "quiet", "--", ...command], {
      input: INPUT,
      cwd: folder,
    });
    assertEquals(first.code, 1);
    await Deno.writeTextFile(`${folder}/go`, "");
    const second = await runCli(["resume", "j", "--reporter", "quiet"], { cwd: folder });
    assertEquals(second.code, 0, second.stderr);
    const done = eventsIn(`${folder}/j`, "range-ended")
      .filter(({ status }) => status === "SUCCESS")
      .flatMap(({ items = [] }) => items);
    assertEquals(done.toSorted((a, b) => Number(a) - Number(b)), NUMBERS);
    assert(eventsIn(`${folder}/j`, "attempt-started").length < 100);
  });
});
