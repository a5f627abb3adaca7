// Files that workers create, in a resumed run: what the journal has as done or begun decides which of them count.
import { assertEquals, assertStringIncludes } from "@std/assert";
import { Journal } from "@lambdawaker/executor/journal";
import { type RunSummary, SubprocessExecutor, type TaskConfig } from "@lambdawaker/executor";
import { withFolder } from "../helpers/journal.ts";

/** A run of a job in a folder, with its journal. Files are named by the last part of an item, or by its number. */
interface Run extends Partial<TaskConfig> {
  readonly folder: string;
  /** The shell script of a worker, in that folder. */
  readonly script: string;
  /** Whether files are looked for. */
  readonly looks?: boolean;
}

function run({ folder, script, looks = true, ...config }: Run): Promise<RunSummary> {
  const creates: TaskConfig["creates"] = ({ startIndex, items }) =>
    `${folder}/out/${items?.[0]?.split("/").at(-1) ?? startIndex}`;
  const executor = new SubprocessExecutor(
    { numWorkers: 1, ...(looks && { creates }), ...config },
    ({ extraData: { items, startIndex, endIndex } }) => ({
      command: "sh",
      args: ["-c", script, "sh", ...(items ?? [`${startIndex}`, `${endIndex}`])],
      cwd: folder,
    }),
  );
  const journal = new Journal(`${folder}/run.jsonl`, { resume: true });
  return executor.run([], { journal, handleSignals: false });
}

async function withOut(test: (folder: string) => Promise<void>): Promise<void> {
  await withFolder(async (folder) => {
    await Deno.mkdir(`${folder}/out`);
    await test(folder);
  });
}

const HALT: TaskConfig["haltOn"] = { failures: 1, how: "drain" };

/** Notes an item, and makes its file, unless it is "bad". */
const MAKES = "echo $1 >>noted; [ $1 != bad ] && echo $1 >out/${1##*/}";

for (
  const [how, items] of [
    ["is done before it", ["a/x", "b/x"]],
    ["comes after it", ["b/x", "a/x"]],
    ["is not in the list any more", ["b/x"]],
  ] as const
) {
  Deno.test(`an item is not skipped for the file of one that the journal has as done and that ${how}`, async () => {
    await withOut(async (folder) => {
      const first = await run({ folder, script: MAKES, items: ["a/x", "bad"] });
      assertEquals([first.doneItems, first.counts.FAILED], [1, 1]);
      const second = await run({ folder, script: MAKES, items });
      assertEquals([second.ok, second.exitCode, second.skipped], [true, 0, 0]);
      assertEquals(await Deno.readTextFile(`${folder}/noted`), "a/x\nbad\nb/x\n");
      assertEquals(second.warnings.length, 1);
      assertStringIncludes(second.warnings[0]!, `item "b/x" is one of them: neither is skipped`);
    });
  });
}

Deno.test("an item is not skipped for the file of one that the journal has as begun", async () => {
  await withOut(async (folder) => {
    const script = `${MAKES}; [ -e go ]`;
    await run({ folder, script, items: ["a/x"] });
    await Deno.writeTextFile(`${folder}/go`, "");
    const { exitCode, skipped, warnings } = await run({ folder, script, items: ["b/x", "a/x"] });
    assertEquals([exitCode, skipped, warnings.length], [0, 0, 1]);
    assertEquals(await Deno.readTextFile(`${folder}/noted`), "a/x\nb/x\na/x\n");
  });
});

Deno.test("an item that the journal has as done is skipped for its own file if it is listed once more", async () => {
  await withOut(async (folder) => {
    await run({ folder, script: MAKES, items: ["a/x"] });
    const second = await run({ folder, script: MAKES, items: ["a/x", "a/x"] });
    assertEquals([second.exitCode, second.skipped, second.attempts], [0, 1, 0]);
    assertEquals(second.warnings, []);
  });
});

Deno.test("a number is not skipped for the file of another one that the journal has as done", async () => {
  await withOut(async (folder) => {
    const pairs = (script: string) => {
      const creates: TaskConfig["creates"] = ({ startIndex }) => `${folder}/out/${startIndex % 2}`;
      const config = { folder, totalItems: 4, chunkSize: 1, haltOn: HALT, creates };
      return run({ ...config, script });
    };
    const first = await pairs("[ $1 = 0 ] && echo $1 >>out/$(($1 % 2))");
    assertEquals([first.counts.SUCCESS, first.attempts], [1, 2]);
    const { exitCode, skipped } = await pairs("echo $1 >>out/$(($1 % 2))");
    assertEquals([exitCode, skipped], [0, 0]);
    assertEquals(await Deno.readTextFile(`${folder}/out/0`), "0\n2\n");
  });
});

/** Makes the files of a range of numbers, half of each at first. */
const HALVES = `at=$1; while [ $at -lt $2 ]; do
  echo half >out/$at; [ -e go ] || [ $at != 1 ] || exit 3
  echo whole >out/$at; at=$((at+1))
done`;

Deno.test("half a file does not count, whatever the chunk size was when it was begun", async () => {
  await withOut(async (folder) => {
    const config = { folder, script: HALVES, totalItems: 6 };
    await run({ ...config, chunkSize: 3, looks: false });
    // What a run with another chunk size leaves is known to those after it.
    await run({ ...config, chunkSize: 2, script: "exit 1", looks: false, haltOn: HALT });
    await Deno.writeTextFile(`${folder}/go`, "");
    const { ok, skipped, attempts, doneItems } = await run({ ...config, chunkSize: 1 });
    assertEquals([ok, skipped, attempts, doneItems], [true, 0, 3, 6]);
    for (let at = 0; at < 6; at++) {
      assertEquals(await Deno.readTextFile(`${folder}/out/${at}`), "whole\n");
    }
  });
});

Deno.test("another chunk size skips what is there and was not begun", async () => {
  await withOut(async (folder) => {
    const config = { folder, script: HALVES, totalItems: 6 };
    await run({ ...config, chunkSize: 3, looks: false, haltOn: HALT });
    await Deno.writeTextFile(`${folder}/go`, "");
    await Deno.writeTextFile(`${folder}/out/4`, "there\n");
    const { ok, skipped, attempts } = await run({ ...config, chunkSize: 1 });
    assertEquals([ok, skipped, attempts], [true, 1, 5]);
    assertEquals(await Deno.readTextFile(`${folder}/out/4`), "there\n");
  });
});

/** Begins all items of a range, and fails at the second one. Of the range that this is split into, nothing is begun. */
const FAILS_AT_SECOND = `[ -e go ] || [ $# = 1 ] || {
  for item in "$@"; do echo half >out/$item; done; echo PROGRESS: 1; exit 3
}`;

Deno.test("half a file does not count if its range was split around another item", async () => {
  for (const kind of ["numbers", "items"] as const) {
    await withOut(async (folder) => {
      const [job, one] = kind === "numbers"
        ? [{ totalItems: 3, chunkSize: 3 }, { totalItems: 3, chunkSize: 1 }]
        : [{ items: ["0", "1", "2"], chunkSize: 3 }, { items: ["0", "1", "2"] }];
      const script = kind === "numbers"
        ? `set -- $(seq $1 $(($2-1))); ${FAILS_AT_SECOND}`
        : FAILS_AT_SECOND;
      const config = { folder, isolate: true, maxRetries: 1, retryDelay: 0 };
      const halted = { looks: false, haltOn: HALT };
      const first = await run({ ...config, ...job, ...halted, script });
      assertEquals([first.failures.length, first.attempts], [1, 2]);
      await Deno.writeTextFile(`${folder}/go`, "");
      const whole = "echo whole >out/$1";
      const { ok, skipped } = await run({ folder, ...one, script: whole });
      assertEquals([ok, skipped], [true, 0], kind);
      assertEquals(await Deno.readTextFile(`${folder}/out/2`), "whole\n");
    });
  }
});
