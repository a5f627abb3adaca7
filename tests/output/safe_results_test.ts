// What a journal calls done is on disk before the journal says so: the order of the calls that put files there.
import { Journal } from "@lambdawaker/executor/journal";
import { SubprocessExecutor } from "@lambdawaker/executor";
import { assert, assertEquals } from "@std/assert";
import { eventsIn, withFolder } from "../helpers/journal.ts";

/** Notes which bytes of files were put on disk, by their inode, until it is disposed of. */
class Syncs implements Disposable {
  readonly #sizes = new Map<number, number>();
  readonly #sync = Deno.FsFile.prototype.sync;
  readonly #syncData = Deno.FsFile.prototype.syncData;

  constructor(onData: () => void) {
    const [sync, syncData, sizes] = [this.#sync, this.#syncData, this.#sizes];
    Deno.FsFile.prototype.sync = async function () {
      const { ino, size } = this.statSync();
      await sync.call(this);
      sizes.set(ino!, size);
    };
    Deno.FsFile.prototype.syncData = async function () {
      onData();
      await syncData.call(this);
    };
  }

  /** Returns the bytes of a file that are on disk. */
  sizeOf(path: string): number {
    return this.#sizes.get(Deno.statSync(path).ino!) ?? 0;
  }

  [Symbol.dispose](): void {
    Deno.FsFile.prototype.sync = this.#sync;
    Deno.FsFile.prototype.syncData = this.#syncData;
  }
}

const CONFIG = { retryFrom: "checkpoint", retryDelay: 0, chunkSize: 2 } as const;

Deno.test("what a failed attempt has printed up to its checkpoint is on disk when its end is told", async () => {
  await withFolder(async (folder) => {
    const stdout = `${folder}/results/range-00000/stdout`;
    using syncs = new Syncs(() => {});
    const told: number[] = [];
    const script = "[ $0 = 1 ] && exit 0; echo first; echo PROGRESS: 1; exit 1";
    const executor = new SubprocessExecutor(
      { ...CONFIG, totalItems: 2, numWorkers: 1, maxRetries: 1, results: `${folder}/results` },
      ({ extraData }) => ["sh", "-c", script, `${extraData.startIndex}`],
    );
    const summary = await executor.run({
      report: ({ kind }) => {
        if (kind === "attempt-ended" || kind === "range-ended") told.push(syncs.sizeOf(stdout));
      },
    });
    assert(summary.ok);
    const { length } = "first\n";
    assertEquals(told, [length, length, length]);
  });
});

Deno.test("what a run before has left of a range is put on disk when the range is done", async () => {
  await withFolder(async (folder) => {
    const stdout = `${folder}/results/range-00000/stdout`;
    const run = async (script: string) => {
      const executor = new SubprocessExecutor(
        { ...CONFIG, totalItems: 2, numWorkers: 1, results: `${folder}/results` },
        () => ["sh", "-c", script],
      );
      await executor.run([], { journal: new Journal(`${folder}/j`, { resume: true }) });
    };
    await run("echo first; echo PROGRESS: 1; exit 1");
    using syncs = new Syncs(() => {});
    await run("true");
    assertEquals(syncs.sizeOf(stdout), "first\n".length);
  });
});

Deno.test("the output behind a checkpoint is on disk before the journal is synced", async () => {
  await withFolder(async (folder) => {
    const [journal, stdout] = [`${folder}/j`, `${folder}/results/range-00000/stdout`];
    const hasCheckpoint = () => eventsIn(journal, "progress").length > 0;
    const sizes: number[] = [];
    let hasEnded = false;
    using syncs = new Syncs(() => {
      if (hasCheckpoint()) sizes.push(syncs.sizeOf(stdout));
      if (hasEnded) Deno.writeTextFileSync(`${folder}/end`, "");
    });
    const wait = `until [ -e ${folder}/go ]; do sleep 0.01; done`;
    const executor = new SubprocessExecutor(
      { ...CONFIG, totalItems: 4, numWorkers: 2, results: `${folder}/results` },
      ({ extraData: { range } }) => [
        "sh",
        "-c",
        range === 0
          ? `echo first; echo PROGRESS: 1; until [ -e ${folder}/end ]; do sleep 0.01; done`
          : wait,
      ],
    );
    const summary = await executor.run({
      report: ({ kind }) => {
        // Range 1 ends, and the journal with it is synced, while range 0 goes on.
        if (kind === "progress") Deno.writeTextFileSync(`${folder}/go`, "");
        hasEnded ||= kind === "range-ended";
      },
    }, { journal: new Journal(journal) });
    assert(summary.ok);
    assert(sizes.length > 0);
    assert(sizes.every((size) => size === "first\n".length), `${sizes}`);
  });
});
