import { assertEquals } from "@std/assert";
import { diagnose } from "../../src/doctor/diagnose.ts";
import {
  command,
  GOOD,
  IN_ONE_PIECE,
  lines,
  NO_OUTPUT,
  progress,
  stdout,
  testRows,
} from "./sample.ts";

testRows([
  {
    name: "prints nothing",
    seen: { stdout: NO_OUTPUT },
    level: "problem",
    title: /printed nothing on stdout/,
    advice: /Python .*flush=True[^]*sh .*echo[^]*Node .*console\.log[^]*C .*fflush/,
  },
  {
    name: "prints nothing, in Python",
    seen: { stdout: NO_OUTPUT, ...command("/usr/bin/python3.12", "w.py") },
    level: "problem",
    title: /printed nothing/,
    advice: /print\(f"PROGRESS: \{n\}", flush=True\)/,
  },
  {
    name: "prints only log lines",
    seen: { stdout: { ...NO_OUTPUT, lines: 7 }, ...command("sh", "-c", "x {end}") },
    level: "problem",
    title: /7 lines on stdout, and no signal among them/,
    advice: /echo "PROGRESS: \$n"/,
  },
  {
    name: "prints nothing until it is stopped",
    seen: { stdout: NO_OUTPUT, stopped: "timeout", status: "CRASHED", cause: { kind: "timeout" } },
    level: "problem",
    title: /printed nothing/,
    advice: /still in a buffer when it was ended\.[^]*setvbuf/,
  },
  {
    name: "prints its signals on stderr",
    seen: {
      stdout: NO_OUTPUT,
      stderr: {
        ...NO_OUTPUT,
        lines: 3,
        signals: lines({ PROGRESS: 3 }, [{ line: "PROGRESS: 1" }, { line: "PROGRESS: 2" }]),
      },
    },
    level: "problem",
    title: /3 lines on stderr look like signals: there, they count as log lines/,
    advice: /PROGRESS: 2\nAnd 1 more line\.\nPrint them on stdout\.[^]*>&2/,
  },
  {
    name: "prints one of its signals on stderr, too",
    seen: { stderr: { ...NO_OUTPUT, lines: 1, signals: lines({ PROGRESS: 1 }) } },
    level: "note",
    title: /1 line on stderr looks like a signal: there, it counts as a log line/,
  },
  {
    name: "prints one kind of signal only on stderr",
    seen: {
      ...stdout({ signals: lines({ STATUS: 1 }), progress: undefined }),
      stderr: { ...NO_OUTPUT, lines: 1, signals: lines({ PROGRESS: 1 }) },
    },
    level: "problem",
    title: /1 line on stderr/,
  },
  {
    name: "logs its signals by a logger on stderr",
    seen: {
      stdout: NO_OUTPUT,
      stderr: {
        ...NO_OUTPUT,
        nearMisses: lines({ PROGRESS: 1 }, [{ line: "INFO PROGRESS: 1", why: "no" }]),
      },
    },
    level: "problem",
    title: /1 line on stderr looks like/,
    advice: /^INFO PROGRESS: 1\nNo\.\n/,
  },
  {
    name: "prints values that cannot be read",
    seen: stdout({
      malformed: lines({ PROGRESS: 6 }, [
        { line: "PROGRESS: 1%", why: "not per cent" },
        { line: "PROGRESS: 2%", why: "not per cent" },
        { line: "PROGRESS: 1.5", why: "digits only" },
      ]),
    }),
    level: "problem",
    title: /values of 6 lines .* cannot be read/,
    advice:
      /^PROGRESS: 1%\nPROGRESS: 2%\nNot per cent\.\nPROGRESS: 1\.5\nDigits only\.\nAnd 3 more lines\.$/,
  },
  {
    name: "prints one value that cannot be read",
    seen: stdout({ malformed: lines({ STATUS: 1 }, [{ line: "STATUS: done", why: "no such" }]) }),
    level: "problem",
    title: /value of 1 line .* cannot be read: it counts as a log line/,
  },
  {
    name: "nearly prints its progress",
    seen: stdout({
      lines: 2,
      signals: lines({ STATUS: 1 }),
      progress: undefined,
      nearMisses: lines({ PROGRESS: 1 }, [{ line: "progress: 3", why: "capitals" }]),
    }),
    level: "problem",
    title: /1 line on stdout is nearly a signal: it counts as a log line/,
    advice: /^progress: 3\nCapitals\.$/,
  },
  {
    name: "prints its progress, and logs it as well",
    seen: stdout({ nearMisses: lines({ PROGRESS: 2 }, [{ line: "progress: 3", why: "no" }]) }),
    level: "note",
    title: /2 lines on stdout are nearly signals: they count as log lines/,
  },
  {
    name: "never prints PROGRESS",
    seen: stdout({ signals: lines({ MESSAGE: 3 }), progress: undefined }),
    level: "note",
    title: /never prints PROGRESS/,
  },
  {
    name: "does not get the end of its range",
    seen: command("./worker", "{start}"),
    level: "note",
    title: /gets the start of its range, but not the end/,
    advice: /-c 1/,
  },
  {
    name: "does not get its range",
    seen: command("./worker"),
    level: "note",
    title: /does not get the range of its items/,
    advice: /EXECUTOR_START/,
  },
]);

Deno.test("a good worker has only good findings", () => {
  assertEquals(new Set(diagnose(GOOD).map(({ level }) => level)), new Set(["ok"]));
});

Deno.test("findings come worst first", () => {
  const levels = diagnose({ ...GOOD, ...command("./worker"), leaked: true })
    .map(({ level }) => level);
  assertEquals(levels.slice(0, 3), ["problem", "note", "ok"]);
});

Deno.test("progress short of the range is no problem if values could not be read", () => {
  const facts = { progress: progress(1, 6), malformed: lines({ PROGRESS: 4 }) };
  const titles = diagnose({ ...GOOD, ...stdout(facts) }).map(({ title }) => title);
  assertEquals(titles.filter((title) => /ended well with/.test(title)), []);
});

Deno.test("a worker that prints only its status gets no advice on buffers", () => {
  const facts = { signals: lines({ STATUS: 1 }), progress: undefined, lines: 1 };
  const arrivals = { ...IN_ONE_PIECE, signals: { early: 0, late: 1 } };
  const titles = diagnose({ ...GOOD, ...stdout(facts), arrivals }).map(({ title }) => title);
  assertEquals(titles.filter((title) => /one piece|last moment|while it works/.test(title)), []);
});
