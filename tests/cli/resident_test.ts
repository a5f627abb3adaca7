// Resident workers of the command line: what is refused, and lists of items.
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { runBash, runCli } from "../helpers/cli.ts";
import { RESIDENT_WORKER } from "../helpers/run_resident.ts";

const REFUSED: [args: string[], message: string][] = [
  [["-n", "4", "--", "true", "{start}"], "{start} is not known when a resident worker starts"],
  [["--", "true", "{}", ":::", "a"], "{} is not known when a resident worker starts"],
  [["--colsep", ",", "--", "true", "{2}", ":::", "a,b"], "{2} is not known when"],
  [["-n", "4", "--", "true", "{attempt}"], "{attempt} is not known when"],
  [["-n", "4", "--stdin", "--", "true"], "--stdin cannot be used with --resident"],
  [["-n", "4", "--dry-run", "--", "true"], "--dry-run prints the command of each range"],
  [["-n", "4", "--lifespan", "0", "--", "true"], "--lifespan must be a positive integer"],
];

for (const [args, message] of REFUSED) {
  Deno.test(`executor run --resident ${args.join(" ")} is refused`, async () => {
    const { code, stderr } = await runCli(["run", "--resident", ...args]);
    assertEquals(code, 2);
    assertStringIncludes(stderr, message);
  });
}

const TIMES: [args: string[], message: string][] = [
  [
    ["-n", "4", "-c", "50mm", "--", "true"],
    '--chunk-size must be a positive integer, "auto" or a time such as 200ms',
  ],
  [
    ["-n", "4", "-c", "0s", "--", "true"],
    "the time of --chunk-size must be a duration from 1ms to 10000d",
  ],
  [
    ["-c", "50ms", "--per-process", "2", "--", "true", ":::", "a"],
    "--chunk-size and --per-process cannot both be used",
  ],
  [
    ["-c", "50ms", "--", "echo", "{}", ":::", "a", "b"],
    "{} stands for one item, and a process may get several: use {items}",
  ],
  [
    ["-c", "50ms", "--", "echo", ":::", "a", ":::", "b"],
    "--chunk-size 50ms needs --stdin or --resident if items have columns or come from several lists",
  ],
  [
    ["-c", "50ms", "--stdin", "--csv", "--", "echo", "{1}", ":::", "a,b"],
    "{1} names a column of one item, but a process may get several items: leave it out. " +
    "The process reads its items on stdin",
  ],
];

for (const [args, message] of TIMES) {
  Deno.test(`executor run ${args.join(" ")} is refused`, async () => {
    const { code, stderr } = await runCli(["run", ...args]);
    assertEquals(code, 2, stderr);
    assertStringIncludes(stderr, message);
  });
}

Deno.test("-c with a time makes ranges of several items of a list, and a resumed run keeps to it", async () => {
  const journal = `${await Deno.makeTempDir()}/run.jsonl`;
  const items = Array.from({ length: 20 }, (_, index) => `${index}`);
  const args = ["-c", "1m", "-w", "1", "-k", "--reporter", "quiet", "--journal", journal];
  const first = await runCli(["run", ...args, "--", "echo", "{items}", ":::", ...items]);
  assertEquals([first.code, first.stderr], [0, ""]);
  assertEquals(first.stdout.split(/\s/).filter((word) => word !== ""), items);
  assert(first.stdout.split("\n").length < 20, first.stdout);
  const again = await runCli(["resume", journal]);
  assertEquals(again.code, 0, again.stderr);
});

Deno.test("a list on stdin is that of resident workers, without --items -", async () => {
  const script = "echo $start $items";
  const args = ["run", "--resident", "-w", "1", "-k", "--reporter", "quiet", "--"];
  const { code, stdout } = await runCli([...args, "sh", RESIDENT_WORKER, script], {
    input: "a\nb c\n",
  });
  assertEquals([code, stdout], [0, "0 a\n1 b c\n"]);
});

Deno.test("a resident worker does not find the range of a worker that has started its run", async () => {
  const { code, stdout } = await runBash(
    `export EXECUTOR_START=1 EXECUTOR_END=2 EXECUTOR_ATTEMPT=3 EXECUTOR_ITEM=4 EXECUTOR_ITEM_COUNT=5
     X -n 1 -k --reporter quiet --resident -- sh ${RESIDENT_WORKER} \\
       'echo "$EXECUTOR_START:$EXECUTOR_END:$EXECUTOR_ATTEMPT:$EXECUTOR_ITEM:$EXECUTOR_ITEM_COUNT"'`,
  );
  assertEquals([code, stdout], [0, "::::\n"]);
});
