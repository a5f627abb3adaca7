// What a later run relies on is on disk: the output of ranges that are done, or done in part, whichever attempt has left it.
import { Journal } from "@lambdawaker/executor/journal";
import { SubprocessExecutor } from "@lambdawaker/executor";
import { assertEquals } from "@std/assert";
import { withFolder } from "../helpers/journal.ts";

/** Notes which bytes of files were put on disk, by their inode, until it is disposed of. */
class Syncs implements Disposable {
  readonly #sizes = new Map<number, number>();
  readonly #sync = Deno.FsFile.prototype.sync;

  constructor() {
    const [sync, sizes] = [this.#sync, this.#sizes];
    Deno.FsFile.prototype.sync = async function () {
      const { ino, size } = this.statSync();
      await sync.call(this);
      sizes.set(ino!, size);
    };
  }

  /** Returns the bytes of a file that are on disk. */
  sizeOf(path: string): number {
    return this.#sizes.get(Deno.statSync(path).ino!) ?? 0;
  }

  [Symbol.dispose](): void {
    Deno.FsFile.prototype.sync = this.#sync;
  }
}

const CONFIG = { retryFrom: "checkpoint", retryDelay: 0, chunkSize: 2 } as const;

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
    using syncs = new Syncs();
    await run("true");
    assertEquals(syncs.sizeOf(stdout), "first\n".length);
  });
});

Deno.test("what an attempt has printed is on disk when it ends, as a later run may go on there", async () => {
  await withFolder(async (folder) => {
    const results = `${folder}/results`;
    const executor = new SubprocessExecutor(
      { ...CONFIG, totalItems: 4, numWorkers: 2, results, gracePeriod: 5_000 },
      ({ extraData }) => {
        const end = extraData.range === 0 ? "exit 1" : "exec sleep 60";
        return ["sh", "-c", `echo first; echo PROGRESS: 1; ${end}`];
      },
    );
    using syncs = new Syncs();
    const stop = new AbortController();
    let [isFailed, isReached] = [false, false];
    await executor.run({
      report({ kind, range }: { kind: string; range?: number }) {
        isFailed ||= kind === "range-ended" && range === 0;
        isReached ||= kind === "progress" && range === 1;
        if (isFailed && isReached) stop.abort();
      },
    }, { signal: stop.signal });
    for (const range of ["range-00000", "range-00001"]) {
      assertEquals(syncs.sizeOf(`${results}/${range}/stdout`), "first\n".length, range);
    }
  });
});
