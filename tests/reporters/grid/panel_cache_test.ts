import { assert, assertEquals } from "@std/assert";
import { drawFrame } from "../../../src/reporters/grid/frame.ts";
import { PanelCache } from "../../../src/reporters/grid/panel_cache.ts";
import { FIRST_VIEW } from "../../../src/reporters/grid/view.ts";
import { forSeeds } from "../../helpers/random.ts";
import { RANDOM_STATE_NOW, randomState } from "../../helpers/random_state.ts";
import { RUNNING } from "../../helpers/running_worker.ts";

const COMPACT = { tier: "compact", width: 40, now: RANDOM_STATE_NOW, digits: 1 } as const;

Deno.test("a frame with kept panels is the frame that would be drawn without them", async () => {
  await forSeeds(30, (random) => {
    const cache = new PanelCache();
    let state = randomState(random, 30 + random.integer(40));
    for (let frame = 0; frame < 6; frame++) {
      // Some workers have news.
      const other = randomState(random, state.workers.length);
      const workers = state.workers.map((worker, index) =>
        random.integer(3) === 0 ? other.workers[index]! : worker
      );
      state = { ...state, workers };
      const worker = random.integer(workers.length);
      const selection = random.integer(2) === 0
        ? undefined
        : { worker, order: workers.map(({ index }) => index) };
      const options = {
        title: "T",
        width: random.pick([119, 199]),
        height: random.pick([29, 49]),
        now: RANDOM_STATE_NOW,
        view: { ...FIRST_VIEW, selection },
      };
      // The largest widths so far are those of all frames.
      const fresh = new PanelCache();
      for (const tier of ["full", "compact", "line"] as const) {
        fresh.widths.grow(tier, cache.widths.grow(tier, 0));
      }
      const expected = drawFrame(state, { ...options, cache: fresh });
      assertEquals(drawFrame(state, { ...options, cache }), expected);
    }
  });
});

Deno.test("a panel is drawn anew when its worker has news, or half a second has passed", () => {
  const cache = new PanelCache();
  const rows = cache.draw(RUNNING, COMPACT);
  assert(cache.draw(RUNNING, { ...COMPACT, now: COMPACT.now + 499 }) === rows);
  assert(cache.draw({ ...RUNNING }, COMPACT) !== rows);
  assert(cache.draw(RUNNING, { ...COMPACT, now: COMPACT.now + 500 }) !== rows);
});

Deno.test("a panel that shows a time is drawn each time", () => {
  const cache = new PanelCache();
  const shows = [
    [RUNNING, { ...COMPACT, tier: "full" }],
    [{ ...RUNNING, retryAt: COMPACT.now + 1_000 }, COMPACT],
    [{ ...RUNNING, process: { startedAt: 0, ranges: 1, number: 1 } }, COMPACT],
    [{ ...RUNNING, total: 1 }, { ...COMPACT, tier: "line" }],
  ] as const;
  for (const [worker, options] of shows) {
    assert(cache.draw(worker, options) !== cache.draw(worker, options));
  }
});

Deno.test("rows of the same panels are the same rows", () => {
  const cache = new PanelCache();
  const panels = [RUNNING, { ...RUNNING, index: 7 }].map((worker) => cache.draw(worker, COMPACT));
  const rows = cache.join(panels, 2);
  assert(cache.join([...panels], 2) === rows);
  assertEquals(rows.length, 3);
  const news = [panels[0]!, cache.draw({ ...RUNNING, message: "news" }, COMPACT)];
  assert(JSON.stringify(cache.join(news, 2)).includes("news"));
});
