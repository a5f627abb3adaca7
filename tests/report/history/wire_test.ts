import { assert, assertEquals } from "@std/assert";
import type { RunHistory } from "../../../src/report/history/history.ts";
import { HistoryFold } from "../../../src/report/history/history_fold.ts";
import {
  applyChanges,
  asChanges,
  decodeChanges,
  encodeChanges,
} from "../../../src/report/history/wire.ts";
import { forSeeds } from "../../helpers/random.ts";
import { randomEvents } from "../../helpers/random_job.ts";
import { longRun } from "../made_up.ts";

/** What JSON makes of it: no fields that are undefined. */
const plain = (history: RunHistory): unknown => JSON.parse(JSON.stringify(history));
const sent = (reduce: HistoryFold) => decodeChanges(encodeChanges(asChanges(reduce.history())));

Deno.test("a history comes over the wire as it is", async () => {
  await forSeeds(30, async (random) => {
    const { events } = await randomEvents(random);
    const reduce = new HistoryFold({ title: "</script><b>" });
    for (const event of events) reduce.take(event);
    const json = encodeChanges(asChanges(reduce.history()));
    assert(!json.includes("<") && !json.includes("\n"));
    assertEquals(plain(applyChanges(undefined, decodeChanges(json))), plain(reduce.history()));
  });
});

Deno.test("changes, from wherever one begins, come to the history: each whenever it likes, the whole in between", async () => {
  await forSeeds(50, async (random) => {
    const { events } = await randomEvents(random);
    const reduce = new HistoryFold();
    const late = random.integer(events.length);
    let [early, joined]: (RunHistory | undefined)[] = [];
    for (const [index, event] of events.entries()) {
      reduce.take(event);
      if (index === late) joined = applyChanges(undefined, sent(reduce));
      if (random.integer(5) > 0 && index < events.length - 1) continue;
      const json = encodeChanges(reduce.takeChanges());
      early = applyChanges(early, decodeChanges(json));
      if (joined) joined = applyChanges(joined, decodeChanges(json));
      if (random.integer(9) === 0) early = applyChanges(early, sent(reduce));
      assertEquals(plain(early), plain(reduce.history()));
    }
    assertEquals(plain(joined!), plain(reduce.history()));
  });
});

Deno.test("an attempt takes less than 80 bytes", () => {
  const reduce = longRun(10_000, 16).reduce();
  const size = encodeChanges(asChanges(reduce.history())).length;
  assert(size < 800_000, `${size} bytes`);
});
