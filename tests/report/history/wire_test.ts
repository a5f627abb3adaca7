import { assert, assertEquals } from "@std/assert";
import type { RunHistory } from "../../../src/report/history/history.ts";
import { HistoryBuilder } from "../../../src/report/history/history_builder.ts";
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
const sent = (builder: HistoryBuilder) =>
  decodeChanges(encodeChanges(asChanges(builder.history())));

Deno.test("a history is the same after encoding and decoding", async () => {
  await forSeeds(30, async (random) => {
    const { events } = await randomEvents(random);
    const builder = new HistoryBuilder({ title: "</script><b>" });
    for (const event of events) builder.add(event);
    const json = encodeChanges(asChanges(builder.history()));
    assert(!json.includes("<") && !json.includes("\n"));
    assertEquals(plain(applyChanges(undefined, decodeChanges(json))), plain(builder.history()));
  });
});

Deno.test("changes lead to the history for early and late viewers, also after the whole was sent again", async () => {
  await forSeeds(50, async (random) => {
    const { events } = await randomEvents(random);
    const builder = new HistoryBuilder();
    const late = random.integer(events.length);
    let [early, joined]: (RunHistory | undefined)[] = [];
    for (const [index, event] of events.entries()) {
      builder.add(event);
      if (index === late) joined = applyChanges(undefined, sent(builder));
      if (random.integer(5) > 0 && index < events.length - 1) continue;
      const json = encodeChanges(builder.drainChanges());
      early = applyChanges(early, decodeChanges(json));
      if (joined) joined = applyChanges(joined, decodeChanges(json));
      if (random.integer(9) === 0) early = applyChanges(early, sent(builder));
      assertEquals(plain(early), plain(builder.history()));
    }
    assertEquals(plain(joined!), plain(builder.history()));
  });
});

Deno.test("an attempt takes less than 80 bytes", () => {
  const builder = longRun(10_000, 16).builder();
  const size = encodeChanges(asChanges(builder.history())).length;
  assert(size < 800_000, `${size} bytes`);
});
