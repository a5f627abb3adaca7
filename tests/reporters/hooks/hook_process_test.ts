// A hook that is killed before it starts, while its guard takes its time.
import { assertEquals } from "@std/assert";
import { HookGuard } from "../../../src/reporters/hooks/hook_guard.ts";
import { runHook } from "../../../src/reporters/hooks/hook_process.ts";
import { exists } from "../../helpers/files.ts";
import { withFolder } from "../../helpers/journal.ts";
import { needs, POSIX, testWith } from "../../helpers/needs.ts";

/** A guard whose answer comes when `ready` resolves. */
class SlowGuard extends HookGuard {
  readonly asked = Promise.withResolvers<void>();
  readonly ready = Promise.withResolvers<void>();

  override async expect(runId: string): Promise<Disposable> {
    this.asked.resolve();
    await this.ready.promise;
    return await super.expect(runId);
  }
}

for (const isKilled of [true, false]) {
  const end = isKilled ? "does not start, if it is killed" : "starts";
  testWith(`a hook that waits for its guard ${end}`, needs(POSIX), async () => {
    await withFolder(async (folder) => {
      await using guard = new SlowGuard();
      const kill = new AbortController();
      const call = { line: `echo ran; touch '${folder}/ran'`, input: "", env: {} };
      let printed = "";
      const print = (lines: string) => void (printed += lines);
      const running = runHook(call, { limit: 10_000, kill: kill.signal, guard, print });
      await guard.asked.promise;
      if (isKilled) kill.abort();
      guard.ready.resolve();
      assertEquals(await running, undefined);
      assertEquals([exists(`${folder}/ran`), printed], isKilled ? [false, ""] : [true, "ran\n"]);
    });
  });
}
