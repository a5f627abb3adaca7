import { command, EARLY, IN_ONE_PIECE, NO_OUTPUT, stdout, testRows } from "./sample.ts";

testRows([
  {
    name: "buffers its output, in Python",
    seen: { arrivals: IN_ONE_PIECE, ...command("python3", "-E", "w.py", "{end}") },
    level: "problem",
    title: /All of its 12 signals came in one piece as it ended, after 2\.0 s/,
    advice: /python3 -u[^]*flush=True[^]*PYTHONUNBUFFERED=1[^]*-E or -I/,
  },
  {
    name: "buffers its output, in C",
    seen: { arrivals: IN_ONE_PIECE },
    level: "problem",
    title: /one piece/,
    advice: /setvbuf\(stdout, NULL, _IOLBF, 0\)[^]*fflush\(stdout\)[^]*stdbuf -oL \.\/worker …/,
  },
  {
    name: "buffers its output, in Node",
    seen: { arrivals: IN_ONE_PIECE, ...command("node", "w.js", "{end}") },
    level: "problem",
    title: /one piece/,
    advice: /process\.exit\(\) drops output that is not written yet/,
  },
  {
    name: "buffers its output, in a shell",
    seen: { arrivals: IN_ONE_PIECE, ...command("bash", "w.sh", "{end}") },
    level: "problem",
    title: /one piece/,
    advice: /stdbuf -oL program/,
  },
  {
    name: "buffers nearly all of its output",
    seen: { arrivals: { ...IN_ONE_PIECE, chunks: 2, signals: { early: 1, late: 11 } } },
    level: "problem",
    title: /11 of its 12 signals came in one piece/,
  },
  {
    name: "prints in blocks",
    seen: { arrivals: { ...EARLY, chunks: 8, blocks: 7 } },
    level: "problem",
    title: /comes in blocks, not line by line/,
    advice: /8 pieces[^]*setvbuf/,
  },
  {
    name: "prints signals at its end, line by line",
    seen: { arrivals: { ...IN_ONE_PIECE, chunks: 12, late: { chunks: 12, bytes: 150 } } },
    level: "note",
    title: /printed no signal until its last moment, after 2\.0 s/,
  },
  {
    name: "prints signals while it works",
    seen: {},
    level: "ok",
    title: /output comes while it works/,
  },
  {
    name: "prints lines that are too long",
    seen: stdout({ droppedBytes: 70_000 }),
    level: "note",
    title: /70000 bytes of lines longer than 64 KiB were dropped/,
    advice: /newline/,
  },
  {
    name: "prints bytes that are not UTF-8",
    seen: { stderr: { ...NO_OUTPUT, lines: 4, replaced: 2 } },
    level: "note",
    title: /2 lines held bytes that are not UTF-8/,
    advice: /PYTHONUTF8=1/,
  },
  {
    name: "is too fast",
    seen: { durationMs: 40, stop: { kind: "skipped", why: "short" } },
    level: "note",
    title: /only 40 ms, so this was not tested: .*held back; whether it ends when asked to/,
    advice: /-n 200/,
  },
]);
