import { assertEquals } from "@std/assert";
import {
  formatCommand,
  formatFigure,
  formatRangesNote,
  formatSpan,
  formatTick,
} from "../../../../src/report/page/client/figures.ts";

Deno.test("figures are short and have a unit", () => {
  assertEquals(
    [0, 48.4, 350, 9_999, 59_949, 59_960, 754_000, 3_723_000].map(formatSpan),
    ["0 ms", "48 ms", "0.35 s", "10.0 s", "59.9 s", "1:00", "12:34", "1:02:03"],
  );
  assertEquals([0, 0.05234, 3.4, 1234.6].map(formatFigure), ["0", "0.0523", "3.4", "1,235"]);
  assertEquals([formatTick(250, 50), formatTick(5, 5), formatTick(5000, 1000)], [
    "0.25 s",
    "0.005 s",
    "0:05",
  ]);
  assertEquals(
    formatCommand(["sh", "-c", "echo 'it'", "{start}"]),
    "sh -c 'echo '\\''it'\\''' {start}",
  );
});

Deno.test("the note about ranges names their number only once it is known", () => {
  const counts = { SUCCESS: 5, FINISHED: 0, FAILED: 1, CRASHED: 1 };
  const known = {
    ranges: 1_200,
    areRangesKnown: true,
    counts: { ...counts, FAILED: 0, CRASHED: 0 },
  };
  assertEquals(formatRangesNote(known), "of 1,200");
  assertEquals(formatRangesNote({ ...known, counts }), "of 1,200, 2 failed");
  assertEquals(formatRangesNote({ ...known, areRangesKnown: false }), "of 1,200 or more");
  assertEquals(formatRangesNote({ ...known, areRangesCut: true, counts }), "so far, 2 failed");
});
