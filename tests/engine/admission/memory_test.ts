import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { RunEvent } from "@lambdawaker/executor";
import { cliCommand, cliCommandLine, runCli } from "../../helpers/cli.ts";
import { MAY_BE_KILLED, MEMORY_GROUP, runInMemoryGroup } from "../../helpers/memory_group.ts";
import { LINUX, needs, testWith } from "../../helpers/needs.ts";
import { readUntil } from "../../helpers/processes.ts";

/** The memory of the group: the executor needs some 150 MB of it. */
const LIMIT = 600 << 20;
/** Five of 200 ranges need 150 MB for two seconds, as `tail` keeps a line that has not ended. */
const WORKER = `${MAY_BE_KILLED}
[ "$1" -ge 5 ] || { head -c 150000000 /dev/zero; sleep 2; } | tail > /dev/null`;

async function runHogs(...options: string[]): Promise<RunEvent[]> {
  const { stdout } = await runInMemoryGroup(
    LIMIT,
    cliCommandLine([
      ...["run", "-n", "200", "-c", "1", "-w", "8", "--no-journal", "--reporter", "jsonl"],
      ...options,
      ...["--", "sh", "-c", WORKER, "sh", "{}"],
    ]),
  );
  return stdout.trim().split("\n").map((line) => JSON.parse(line));
}

function endsOf(events: readonly RunEvent[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const event of events) {
    if (event.kind === "range-ended") counts[event.status] = (counts[event.status] ?? 0) + 1;
  }
  return counts;
}

const WITH_GROUP = needs(LINUX, MEMORY_GROUP);

testWith(
  "without --memory-free, some of five ranges that need much memory are killed",
  WITH_GROUP,
  async () => {
    const events = await runHogs();
    const { SUCCESS = 0, ...others } = endsOf(events);
    assert(SUCCESS >= 195 && SUCCESS < 200, `${SUCCESS}`);
    const failed = events.filter((event) =>
      event.kind === "range-ended" && event.status !== "SUCCESS"
    );
    const shown = JSON.stringify(failed);
    assertEquals(others, { CRASHED: 200 - SUCCESS }, shown);
    for (const { cause } of failed as Extract<RunEvent, { kind: "range-ended" }>[]) {
      assert(cause?.kind === "out-of-memory" && cause.by === "kernel", shown);
    }
  },
);

testWith(
  "with --memory-free, all 200 ranges end well, and starts say what they wait for",
  WITH_GROUP,
  async () => {
    const events = await runHogs("--memory-free", "280M");
    assertEquals(endsOf(events), { SUCCESS: 200 });
    const waits = events.filter((event) => event.kind === "starts-held");
    assert(waits.length > 0);
    for (const { waitsFor } of waits) assertEquals(waitsFor.kind, "memory");
  },
);

/** More than is ever free, and less than there is. */
const NEVER_FREE = `${Math.floor((Deno.systemMemoryInfo().total - 1) / 1024)}K`;
const WAITING = ["--memory-free", NEVER_FREE, "--no-journal"];

Deno.test("a signal ends a run at once whose first start waits for memory", async () => {
  const child = cliCommand([
    "run",
    ...WAITING,
    "--reporter",
    "jsonl",
    "--",
    "true",
    ":::",
    "1",
    "2",
  ])
    .spawn();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let text = await readUntil(reader, '"starts-held"');
  const stoppedAt = performance.now();
  child.kill("SIGINT");
  for (let read = await reader.read(); !read.done; read = await reader.read()) text += read.value;
  const { signal } = await child.status;
  await child.stderr.cancel();
  assertEquals([signal, text.includes('"attempt-started"')], ["SIGINT", false]);
  assert(performance.now() - stoppedAt < 5_000);
});

Deno.test("plain lines say what starts wait for, and warn if nothing runs", async () => {
  const { code, stdout } = await runCli([
    ...["run", ...WAITING, "--run-timeout", "12s", "--reporter", "plain", "--", "true", ":::", "1"],
  ]);
  assertEquals(code, 1);
  assertStringIncludes(stdout, "0 workers at work · waiting for memory: ");
  assertStringIncludes(stdout, "no worker runs, and there is still not enough free memory for one");
  assertStringIncludes(stdout, "true: 0 done · 1 not started of 1 item");
});

for (const options of [[], ["--dry-run"]]) {
  Deno.test(`more memory than the machine has is refused ${options}`.trim(), async () => {
    const { code, stdout, stderr } = await runCli([
      ...["run", "--memory-free", "999T", ...options, "-n", "1", "--", "true"],
    ]);
    assertEquals([code, stdout], [2, ""]);
    assertMatch(stderr, /^executor: --memory-free must be less than the \d+ bytes of memory that/);
  });
}
