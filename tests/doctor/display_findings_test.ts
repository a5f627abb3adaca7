import type { DisplayFacts } from "../../src/doctor/observation.ts";
import type { Reading } from "../../src/output/protocol/recognition.ts";
import { GOOD_OUTPUT, lines, NO_OUTPUT, type Row, testRows } from "./sample.ts";

const reading = (option: string, facts: Partial<Reading> = {}): Reading => ({
  ...{ option, stream: "stderr", shares: 5, first: 0.1, last: 0.9, example: "90% of it" },
  ...facts,
});
const shows = (displays: DisplayFacts): Row["seen"] => ({ stdout: NO_OUTPUT, displays });
const TQDM = reading("tqdm");

testRows([
  {
    name: "shows its progress as a known program does",
    seen: shows({ known: TQDM, common: reading("x") }),
    level: "problem",
    title: /on stderr as tqdm does/,
    advice:
      /90% of it\nRead so, its progress went from 10 % to 90 %\.\n[^]*--progress-pattern tqdm$/,
  },
  {
    name: "shows a count without a total",
    seen: shows({ known: reading("tqdm", { shares: 0, first: undefined, last: undefined }) }),
    level: "problem",
    title: /as tqdm does/,
    advice: /It tells no share/,
  },
  {
    name: "prints messages, and shows its progress as a known program does",
    seen: {
      stdout: { ...GOOD_OUTPUT, signals: lines({ MESSAGE: 3 }), progress: undefined },
      displays: { known: TQDM },
    },
    level: "problem",
    title: /as tqdm does/,
  },
  {
    name: "prints PROGRESS, too",
    seen: { displays: { known: TQDM, common: TQDM } },
    level: "ok",
    title: /It printed PROGRESS/,
  },
  {
    name: "shows progress in a common form",
    seen: shows({ common: reading("(?<percent>x)", { stream: "stdout" }) }),
    level: "note",
    title: /lines on stdout may be progress/,
    advice: /--progress-pattern '\(\?<percent>x\)'$/,
  },
  {
    name: "shows progress in a common form: signals are named, too",
    seen: shows({ common: reading("x") }),
    level: "problem",
    title: /printed nothing/,
  },
  {
    name: "is read by the pattern that was given",
    seen: shows({ given: { option: "tqdm", reading: TQDM } }),
    level: "ok",
    title: /--progress-pattern tqdm reads its progress, from 10 % to 90 %/,
  },
  {
    name: "is not read by the pattern that was given",
    seen: shows({ given: { option: "pv" } }),
    level: "problem",
    title: /--progress-pattern pv reads no line/,
    advice: /docs\/progress\.md/,
  },
  {
    name: "is read by another pattern than the one that was given",
    seen: shows({ given: { option: "pv" }, known: TQDM }),
    level: "problem",
    title: /--progress-pattern pv reads no line/,
    advice: /as tqdm does\.[^]*--progress-pattern tqdm$/,
  },
]);
