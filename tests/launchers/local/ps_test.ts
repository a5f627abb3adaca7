// What ps prints, of macOS and of procps, and what is read of it.
import { assert, assertEquals } from "@std/assert";
import { parsePs, readPs } from "../../../src/launchers/local/ps.ts";
import { needs, POSIX, testWith } from "../../helpers/needs.ts";

/** As macOS prints it: CPU time in minutes, seconds and hundredths. */
const MACOS = `
    0     0     0     0 Us   1204224   9:59.99 Thu Nov 26 09:01:00 2026    
    1     0     1     0 Ss     14528 123:04.56 Thu Nov 26 09:01:02 2026    
  812     1   812   501 S      98304   0:00.12 Thu Nov 26 18:43:00 2026    
99310   812   812   501 Z+         0   0:00.00 Tue Dec  1 08:05:09 2026    
`;

/** As procps prints it: CPU time in whole seconds, with hours, and with days if there are some. */
const PROCPS = `      1       0       1     0 Ss    5472 00:00:02 Thu Nov 26 18:43:00 2026
  31581     890   31581  1000 S<l  20480 1-02:03:04 Tue Dec  1 08:05:09 2026
    890       1     890  1000 Zs       0 00:10:00 Thu Nov 26 18:43:00 2026
`;

const NOVEMBER = Date.parse("2026-11-26T18:43:00");
const DECEMBER = Date.parse("2026-12-01T08:05:09");

function figures(output: string) {
  return parsePs(output).map(({ pid, parent, group, owner, isZombie, kilobytes, ticks }) => [
    [pid, parent, group],
    owner,
    isZombie,
    kilobytes,
    ticks,
  ]);
}

Deno.test("what ps of macOS prints is read, except the kernel", () => {
  assertEquals(figures(MACOS), [
    [[1, 0, 1], "0", false, 14_528, 738_456],
    [[812, 1, 812], "501", false, 98_304, 12],
    [[99_310, 812, 812], "501", true, 0, 0],
  ]);
  assertEquals(parsePs(MACOS).slice(1).map(({ start }) => start), [NOVEMBER, DECEMBER]);
});

Deno.test("what ps of procps prints is read", () => {
  assertEquals(figures(PROCPS), [
    [[1, 0, 1], "0", false, 5_472, 200],
    [[31_581, 890, 31_581], "1000", false, 20_480, 9_378_400],
    [[890, 1, 890], "1000", true, 0, 60_000],
  ]);
  assertEquals(parsePs(PROCPS).map(({ start }) => start), [NOVEMBER, DECEMBER, NOVEMBER]);
});

Deno.test("lines that are no processes are left out", () => {
  const start = "Thu Nov 26 18:43:00 2026";
  const lines = [
    "",
    "  PID  PPID  PGID   UID STAT    RSS      TIME  STARTED",
    `7 1 7 0 S 100 1h02 ${start}`,
    `7 1 7 0 S - 0:01.00 ${start}`,
    "7 1 7 0 S 100 0:01.00",
    "7 1 7",
  ];
  assertEquals(parsePs(lines.join("\n")), []);
});

testWith("ps of this machine shows this process, and one process alone", needs(POSIX, "ps"), () => {
  const own = readPs()?.find(({ pid }) => pid === Deno.pid);
  assert(own !== undefined);
  assertEquals([own.parent, own.owner, own.isZombie], [Deno.ppid, `${Deno.uid()}`, false]);
  assert(own.kilobytes > 10_000 && own.ticks < 360_000, JSON.stringify(own));
  assertEquals(readPs([Deno.pid])?.map(({ pid, start }) => [pid, start]), [[Deno.pid, own.start]]);
});
