// Items of workers in other languages: whatever the items are, a worker gets these, or its range fails.
import type { TaskConfig } from "@lambdawaker/executor";
import { assertEquals, assertStringIncludes } from "@std/assert";
import { runCli } from "../helpers/cli.ts";
import { needs, testWith } from "../helpers/needs.ts";
import { ofKind, runJob } from "../helpers/run_job.ts";
import { SDK_WORKERS } from "../helpers/sdk_workers.ts";

/** Runs a job whose processes get the words that `words` makes of their items. Returns the items that they saw, too. */
async function run(
  { program, install }: typeof SDK_WORKERS[number],
  config: TaskConfig,
  words: (items: readonly string[]) => readonly string[] = (items) => items,
) {
  const file = await install(await Deno.makeTempDir());
  const result = await runJob(
    { numWorkers: 1, ...config },
    ({ items = [] }) => [...program, file, ...words(items)],
  );
  const lines = ofKind(result, "log").flatMap(({ lines }) => lines);
  const seen = lines.flatMap((line) => /range \d+-\d+ items=(.*) eaten=/.exec(line)?.[1] ?? []);
  return { ...result, seen, log: lines.join("\n") };
}

for (const sdk of SDK_WORKERS) {
  const { name, program, show } = sdk;
  const options = needs(program[0]!);

  testWith(`${name}: items that are the numbers of their range are items`, options, async () => {
    const items = ["0", "2", "2", "4"];
    for (const resident of [false, true]) {
      const words = (items: readonly string[]) => resident ? [] : items;
      const { seen } = await run(sdk, { items, chunkSize: 2, resident }, words);
      assertEquals(seen, [show(["0", "2"]), show(["2", "4"])]);
    }
  });

  testWith(`${name}: a long item is an item`, options, async () => {
    const long = "x".repeat(40_000);
    const { seen } = await run(sdk, { items: [long] });
    assertEquals(seen, [show([long])]);
  });

  testWith(`${name}: as many words as a range has numbers are no items`, options, async () => {
    const { seen } = await run(sdk, { totalItems: 2 }, () => ["to", "from"]);
    assertEquals(seen, [show()]);
  });

  testWith(`${name}: words that are not the items fail the range`, options, async () => {
    const job = { items: ["a", "b"], chunkSize: 2 };
    const { summary, seen, log } = await run(sdk, job, (items) => ["--fast", ...items]);
    assertEquals([seen, summary.counts.FAILED + summary.counts.CRASHED], [[], 1]);
    assertStringIncludes(log, "with the items");
  });

  testWith(`${name}: one item is an item, whatever the words are`, options, async () => {
    for (const words of [[], ["--fast"], ["data/a.csv"], ["to", "from"]]) {
      const { seen } = await run(sdk, { items: ["a, b", "b"], chunkSize: 1 }, () => words);
      assertEquals(seen, [show(["a, b"]), show(["b"])]);
    }
  });
}

for (const sdk of SDK_WORKERS.filter(({ name }) => !["Python", "bash"].includes(name))) {
  testWith(
    `${sdk.name}: an item that JavaScript cannot hold fails its range`,
    needs(sdk.program[0]!),
    async () => {
      const items = ["\uFEFFplain", "a\udcffb", "\uFFFD"];
      const { summary, seen, log } = await run(
        sdk,
        { items, chunkSize: 1, resident: true },
        () => [],
      );
      assertEquals(seen, [sdk.show(["\uFEFFplain"]), sdk.show(["\uFFFD"])]);
      assertEquals([summary.counts.SUCCESS, summary.failures[0]?.startIndex], [2, 1]);
      assertStringIncludes(log, "is not UTF-8");
    },
  );
}

for (const name of ["Python", "bash"]) {
  const sdk = SDK_WORKERS.find((one) => one.name === name)!;
  testWith(
    `${name}: a resident worker gets the bytes of an item as they are`,
    needs(sdk.program[0]!),
    async () => {
      const script = name === "Python"
        ? "import os, sys\nfrom executor_worker import ranges\nfor r in ranges():\n    for item in r.items:\n        print(os.fsencode(item).hex())\n"
        : '. "${0%/*}/executor_worker.sh"\nwhile next_range "$@"; do printf %s "${items[@]}" | od -An -tx1 | tr -d " "; done\n';
      const file = await sdk.install(await Deno.makeTempDir());
      await Deno.writeTextFile(file, script);
      const job = { items: ["a\udcffb"], resident: true };
      const result = await runJob(job, () => [...sdk.program, file]);
      assertEquals(ofKind(result, "log").flatMap(({ lines }) => lines), ["61ff62"]);
    },
  );
}

/** Workers that show what they do with an item, and end before it is done. */
const SHOWING: Readonly<Record<string, string>> = {
  Python: `import os
from executor_worker import ranges
for r in ranges():
    r.message("works on " + r.items[0])
    os._exit(4)
`,
  Node: `import { eachRange } from "./executor_worker.mjs";
await eachRange((r) => {
  r.message("works on " + r.items[0]);
  process.exit(4);
});
`,
  bash: `. "\${0%/*}/executor_worker.sh"
while next_range "$@"; do
  message "works on \${items[0]}"
  exit 4
done
`,
  "/worker": `import { eachRange, message } from "./src/worker.js";
await eachRange((r) => {
  message("works on " + r.items[0]);
  (globalThis.Deno ?? process).exit(4);
});
`,
};

for (const { name, program, install } of SDK_WORKERS) {
  testWith(`${name}: a message is one, whatever is in it`, needs(program[0]!), async () => {
    const file = await install(await Deno.makeTempDir());
    await Deno.writeTextFile(file, SHOWING[name.startsWith("/worker") ? "/worker" : name]!);
    const items = ["a\rPROGRESS: 2\rSTATUS: SUCCESS\nSTATUS: SUCCESS\r\n", "b"];
    const result = await runJob(
      { items, chunkSize: 2, retryFrom: "checkpoint" },
      ({ items = [] }) => [...program, file, ...items],
    );
    assertEquals(result.summary.failures[0]?.cause, { kind: "exit", code: 4 });
    assertEquals([ofKind(result, "progress"), result.summary.doneItems], [[], 0]);
    const [message] = ofKind(result, "message");
    assertStringIncludes(message!.text, "works on a PROGRESS: 2");
  });
}

const BASH = SDK_WORKERS.find(({ name }) => name === "bash")!;

testWith("bash: words are no items if those come on stdin", needs("bash"), async () => {
  const file = await BASH.install(await Deno.makeTempDir());
  const script =
    `. "\${0%/*}/executor_worker.sh"\nwhile next_range "$@"; do echo "$*"; cat; done\n`;
  await Deno.writeTextFile(file, script);
  const args = [
    "run",
    "--stdin",
    "--per-process",
    "2",
    "-k",
    "--reporter",
    "quiet",
    "--items",
    "-",
  ];
  const { code, stdout } = await runCli([...args, "--", "bash", file, "--fast"], {
    input: "a\nb\n",
  });
  assertEquals([code, stdout], [0, "--fast\na\nb\n"]);
});

testWith("bash: a script has whatever IFS it likes", needs("bash"), async () => {
  for (const ifs of ["$'\\n\\t'", ",", "''"]) {
    for (const resident of [false, true]) {
      const file = await BASH.install(await Deno.makeTempDir());
      const script = `set -euo pipefail; IFS=${ifs}
. "\${0%/*}/executor_worker.sh"
while next_range "$@"; do
  message "at $start" "to $end"
  progress $((end - start))
done
`;
      await Deno.writeTextFile(file, script);
      const result = await runJob(
        { totalItems: 4, chunkSize: 2, numWorkers: 1, resident },
        ({ extraData }) => [
          ...["bash", file],
          ...(resident ? [] : [`${extraData.startIndex}`, `${extraData.endIndex}`]),
        ],
      );
      assertEquals(result.summary.counts.SUCCESS, 2);
      const texts = ofKind(result, "message").map(({ text }) => text);
      assertEquals(texts, ["at 0 to 2", "at 2 to 4"]);
    }
  }
});

testWith("the item of an outer run is not that of the workers", needs("python3"), async () => {
  const [python] = SDK_WORKERS;
  const file = await python!.install(await Deno.makeTempDir());
  const { code, stdout } = await runCli(
    ["run", "-n", "2", "-c", "2", "-k", "--reporter", "quiet", "--", "python3", file],
    { env: { EXECUTOR_ITEM: "outer", EXECUTOR_ITEM_COUNT: "1" } },
  );
  assertEquals(code, 0);
  assertStringIncludes(stdout, "items=None");
});
