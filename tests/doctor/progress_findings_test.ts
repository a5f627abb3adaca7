import { progress, stdout, testRows } from "./sample.ts";

testRows([
  {
    name: "reports the numbers of the items",
    seen: stdout({ progress: progress(11, 20) }),
    level: "problem",
    title: /beyond its range: it reported 11 to 20, of 10 items/,
    advice: /numbers of the items[^]*Subtract[^]*\{start\}: here 10\.[^]*PROGRESS: 10 at the end/,
  },
  {
    name: "works on the whole job",
    seen: stdout({ progress: progress(1, 20) }),
    level: "problem",
    title: /beyond its range: it reported 1 to 20/,
    advice: /worked on all 20 items[^]*begin at \{start\}/,
  },
  {
    name: "reports per cent",
    seen: stdout({ progress: progress(10, 100) }),
    level: "problem",
    title: /beyond its range: it reported 10 to 100/,
    advice: /look like per cent/,
  },
  {
    name: "counts bytes",
    seen: stdout({ progress: progress(4096, 123_456) }),
    level: "problem",
    title: /beyond its range/,
    advice: /something else than items/,
  },
  {
    name: "goes backwards",
    seen: stdout({
      progress: progress(1, 10, { backwards: 2, firstBackwards: { from: 7, to: 4 } }),
    }),
    level: "problem",
    title: /goes backwards: from 7 to 4, the first of 2 times/,
  },
  {
    name: "counts from 0",
    seen: stdout({ progress: progress(0, 9) }),
    level: "problem",
    title: /ended well with its progress at 9 of 10 items/,
    advice: /n \+ 1[^]*--strict/,
  },
  {
    name: "leaves items out",
    seen: stdout({ progress: progress(1, 6) }),
    level: "problem",
    title: /progress at 6 of 10 items/,
    advice: /left out/,
  },
  {
    name: "reports per cent of a range of more items",
    seen: {
      ...stdout({ progress: progress(1, 100) }),
      range: { startIndex: 500, endIndex: 1000, totalItems: 1000 },
    },
    level: "problem",
    title: /progress at 100 of 500 items/,
    advice: /looks like per cent/,
  },
  {
    name: "reports progress only at its end",
    seen: stdout({ progress: progress(10, 10) }),
    level: "note",
    title: /only when all is done/,
  },
  { name: "counts well", seen: {}, level: "ok", title: /progress went from 1 to 10, of 10 items/ },
]);
