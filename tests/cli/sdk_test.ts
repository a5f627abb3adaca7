// Workers in other languages, with real interpreters: resident, with a process for each range, and by hand.
import type { TaskConfig } from "@lambdawaker/executor";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { cliCommandLine, runCli } from "../helpers/cli.ts";
import { LINUX, needs, testWith } from "../helpers/needs.ts";
import { ofKind, runJob } from "../helpers/run_job.ts";
import { SDK_WORKERS } from "../helpers/sdk_workers.ts";

/** Workers that go on after the failure of their first item. */
const FAILING: Readonly<Record<string, string>> = {
  Python: `from executor_worker import ranges
for r in ranges():
    with r:
        for i in range(r.start, r.end):
            print("item", i)
            if i == 0:
                r.fail()
            r.progress(i + 1 - r.start)
`,
  Node: `import { eachRange } from "./executor_worker.mjs";
await eachRange((r) => {
  for (let i = r.start; i < r.end; i++) {
    console.log("item", i);
    if (i === 0) r.fail();
    r.progress(i + 1 - r.start);
  }
});
`,
  bash: `. "\${0%/*}/executor_worker.sh"
while next_range "$@"; do
  for ((i = start; i < end; i++)); do
    echo "item $i"
    [ "$i" != 0 ] || fail
    progress $((i + 1 - start))
  done
done
`,
  "/worker": `import { eachRange, progress } from "./src/worker.js";
await eachRange((r) => {
  for (let i = r.start; i < r.end; i++) {
    console.log("item", i);
    if (i === 0) r.fail();
    progress(i + 1 - r.start);
  }
});
`,
};

/** Returns the lines that begin with `range`, without the pids, and the pids. */
function rangesIn(lines: readonly string[]) {
  const text = `${lines.join("\n")}\n`;
  const found = Array.from(text.matchAll(/(range \d+-\d+ items=[^]*?) eaten=(\d+) pid=(\d+)/g));
  return {
    ranges: found.map(([, range]) => range!),
    eaten: found.map(([, , eaten]) => Number(eaten)),
    pids: new Set(found.map(([, , , pid]) => pid)),
  };
}

for (const { name, program, install, show } of SDK_WORKERS) {
  const options = needs(program[0]!);
  const run = async (config: TaskConfig, args: (range: string[]) => string[] = () => []) => {
    const folder = await Deno.makeTempDir();
    const file = await install(folder);
    const result = await runJob(
      { numWorkers: 1, ...config },
      ({ extraData, items }) => {
        const numbers = [extraData.startIndex, extraData.endIndex].map(String);
        return [...program, file, ...args(items ? [...items] : numbers)];
      },
    );
    return { ...result, lines: ofKind(result, "log").flatMap(({ lines }) => lines) };
  };

  testWith(
    `${name}: a resident worker takes all ranges, and an error fails one of them`,
    options,
    async () => {
      const { summary, lines, ...result } = await run({
        totalItems: 8,
        chunkSize: 2,
        resident: true,
      });
      const { ranges, eaten, pids } = rangesIn(lines);
      assertEquals(ranges, [0, 2, 4, 6].map((at) => `range ${at}-${at + 2} items=${show()}`));
      assertEquals([eaten, pids.size], [[0, 0, 0, 0], 1]);
      assertEquals([summary.counts.SUCCESS, summary.counts.FAILED], [3, 1]);
      const [failure] = summary.failures;
      assertEquals([failure?.startIndex, failure?.cause.kind], [4, "reported"]);
      assertStringIncludes(failure!.log.join("\n"), "four is bad");
      assertEquals([summary.malformed, summary.anomalies], [0, 0]);
      const texts = ofKind({ summary, ...result }, "message").map(({ text }) => text);
      assertEquals(new Set(texts), new Set(["done soon"]));
    },
  );

  testWith(`${name}: a resident worker gets items as they are`, options, async () => {
    const items = ["a b", "tab\there", "back\\slash\\n", "two\nlines", "ünï", "end\n"];
    const { summary, lines } = await run({ items, chunkSize: 3, resident: true });
    assertEquals(summary.counts.SUCCESS, 2);
    const want = [items.slice(0, 3), items.slice(3)];
    const { ranges } = rangesIn(lines);
    assertEquals(
      ranges.map((range) => range.replace(/.*?items=/, "")),
      want.map((items) => name === "Python" ? pythonList(items) : show(items)),
    );
  });

  testWith(`${name}: the same worker runs with a process for each range`, options, async () => {
    for (const args of [() => [], (range: string[]) => range]) {
      const { summary, lines } = await run({ totalItems: 6, chunkSize: 2 }, args);
      const { ranges, pids } = rangesIn(lines);
      assertEquals(ranges, [0, 2, 4].map((at) => `range ${at}-${at + 2} items=${show()}`));
      assertEquals(pids.size, 3);
      assertEquals([summary.counts.SUCCESS, summary.counts.FAILED], [2, 1]);
      assertEquals(summary.failures[0]?.cause, { kind: "exit", code: 1 });
    }
    const { lines } = await run({ items: ["x", "y"], chunkSize: 2 }, (items) => items);
    assertEquals(rangesIn(lines).ranges, [`range 0-2 items=${show(["x", "y"])}`]);
    const other = await run({ totalItems: 1, chunkSize: 1 }, () => ["--verbose"]);
    assertEquals(rangesIn(other.lines).ranges, [`range 0-1 items=${show()}`]);
  });

  testWith(
    `${name}: a range that fails and goes on reports no more progress`,
    options,
    async () => {
      const folder = await Deno.makeTempDir();
      const file = await install(folder);
      await Deno.writeTextFile(file, FAILING[name.startsWith("/worker") ? "/worker" : name]!);
      for (const resident of [true, false]) {
        const job = { totalItems: 4, chunkSize: 2, numWorkers: 1, resident } as const;
        const { summary, ...result } = await runJob(job, () => [...program, file]);
        assertEquals([summary.counts.FAILED, summary.counts.SUCCESS], [1, 1]);
        assertEquals([summary.anomalies, summary.malformed], [0, 0]);
        const ends = ofKind({ summary, ...result }, "attempt-ended");
        assertEquals(ends.map(({ range, progress }) => [range, progress]), [[0, 0], [1, 2]]);
        const logs = ofKind({ summary, ...result }, "log");
        const first = logs.filter(({ range }) => range === 0).flatMap(({ lines }) => lines);
        assertEquals(first, ["item 0", "item 1"]);
      }
    },
  );

  testWith(`${name}: the same worker runs by hand`, options, async () => {
    const folder = await Deno.makeTempDir();
    const file = await install(folder);
    const byHand = async (...args: string[]) => {
      const [command, ...rest] = program;
      const { code, stdout, stderr } = await new Deno.Command(command!, {
        args: [...rest, file, ...args],
      }).output();
      const [out, error] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
      return { code, out: out!, error: error! };
    };
    const numbers = await byHand("10", "12");
    assertEquals(rangesIn([numbers.out]).ranges, [`range 10-12 items=${show()}`]);
    assertMatch(numbers.out, /^PROGRESS: 2$/m);
    assertEquals(numbers.code, 0);
    const items = await byHand("x", "y", "z");
    assertEquals(rangesIn([items.out]).ranges, [`range 0-3 items=${show(["x", "y", "z"])}`]);
    const failed = await byHand("4", "6");
    assertEquals(failed.code, 1);
    assertStringIncludes(failed.error, "four is bad");
    const none = await byHand();
    assert(none.code !== 0);
    assertMatch(none.error, /give two numbers/);
  });
}

function pythonList(items: readonly string[]): string {
  const shown = items.map((item) =>
    `'${item.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll("\t", "\\t")}'`
  );
  return `[${shown.join(", ")}]`;
}

Deno.test("executor sdk refuses a language that it does not have", async () => {
  for (
    const [args, sentence] of [
      [[], "there is no language: use python, node, bash"],
      [["perl"], 'no language "perl": use python, node, bash'],
      [["bash", "zsh"], '"zsh" comes after the language'],
    ] as const
  ) {
    const { code, stderr, stdout } = await runCli(["sdk", ...args]);
    assertEquals([code, stdout], [2, ""]);
    assertStringIncludes(stderr, sentence);
  }
});

testWith(
  "stdout that cannot be written is one sentence, and a reader that is gone is none",
  needs(LINUX),
  async () => {
    const { command, args } = cliCommandLine(["sdk", "python"]);
    const run = async (script: string) => {
      const { code, stderr } = await new Deno.Command("bash", {
        args: ["-c", `set -o pipefail; ${script}`, command, ...args],
      }).output();
      return { code, stderr: new TextDecoder().decode(stderr) };
    };
    const full = await run('"$0" "$@" >/dev/full');
    assertEquals(full.code, 1);
    assertMatch(full.stderr, /^executor: stdout cannot be written: .*\n$/);
    assertEquals(await run('"$0" "$@" | true'), { code: 0, stderr: "" });
  },
);

testWith(
  "bash: a resident worker gets an item without its NUL, and nothing else",
  needs("bash"),
  async () => {
    const folder = await Deno.makeTempDir();
    const bash = SDK_WORKERS.find(({ name }) => name === "bash")!;
    const file = await bash.install(folder);
    const items = ["a\u0000101b", "back\\0slash", "\\\u00007\\", "plain"];
    const result = await runJob(
      { items, numWorkers: 1, chunkSize: 4, resident: true },
      () => ["bash", file],
    );
    const { ranges } = rangesIn(ofKind(result, "log").flatMap(({ lines }) => lines));
    const want = items.map((item) => item.replaceAll("\u0000", ""));
    assertEquals(ranges.map((range) => range.replace(/.*?items=/, "")), [bash.show(want)]);
  },
);
