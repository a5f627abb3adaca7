// What a command line may hold, without Cliffy, whose versions differ: so it must be the same with each of them.
import { assertEquals, assertThrows } from "@std/assert";
import { type CommandSyntax, nearest, normalizeArgv } from "../../src/cli/argv.ts";
import { CANCEL_SYNTAX } from "../../src/cli/cancel.ts";
import { DEMO_SYNTAX } from "../../src/cli/demo.ts";
import { DOCTOR_SYNTAX } from "../../src/cli/doctor.ts";
import { UsageError } from "../../src/cli/errors.ts";
import { REPORT_SYNTAX } from "../../src/cli/report.ts";
import { RUN_SYNTAX } from "../../src/cli/run.ts";

const SYNTAXES = {
  run: RUN_SYNTAX,
  doctor: DOCTOR_SYNTAX,
  report: REPORT_SYNTAX,
  demo: DEMO_SYNTAX,
  cancel: CANCEL_SYNTAX,
};

const READ: [name: keyof typeof SYNTAXES, line: string, read: string][] = [
  ["run", "-n 10 -w4 -- true", "--total=10 --workers=4 -- true"],
  ["run", "-n=10 --workers=4 -- true", "--total=10 --workers=4 -- true"],
  ["run", "-0 --items - -- true", "--null --items=- -- true"],
  ["run", "-0n 10 -- true", "--null --total=10 -- true"],
  ["run", "-0n10 -- true", "--null --total=10 -- true"],
  ["run", "-n -5 -- true", "--total=-5 -- true"],
  ["run", "--title a=b -- true", "--title=a=b -- true"],
  ["run", "--title==b -- true", "--title==b -- true"],
  [
    "run",
    "--launcher-arg=--gpus=1 --launcher-arg=-v -- x",
    "--launcher-arg=--gpus=1 --launcher-arg=-v -- x",
  ],
  ["run", "--serve -n 3 -- true", "--serve --total=3 -- true"],
  ["run", "--serve 80 -- true", "--serve=80 -- true"],
  ["run", "-n 1 -- x --journal -- --nonsense -n", "--total=1 -- x --journal -- --nonsense -n"],
  ["run", "-n 1", "--total=1"],
  ["run", "-n 1 -h --nonsense -- true", "--help"],
  ["run", "--help", "--help"],
  ["run", "--help-all -- true", "--help-all"],
  ["run", "-j 4 -n 3 -- true", "--workers=4 --total=3 -- true"],
  ["run", "-j4 -- true", "--workers=4 -- true"],
  ["run", "-j50% -- true", "--workers=50% -- true"],
  ["run", "-j +1 -- true", "--workers=+1 -- true"],
  ["run", "-j -1 -- true", "--workers=-1 -- true"],
  ["run", "-j-1 -- true", "--workers=-1 -- true"],
  ["run", "--jobs=+0 -- true", "--workers=+0 -- true"],
  ["run", "-0j 4 -- true", "--null --workers=4 -- true"],
  ["run", "--halt now,fail=1 -- true", "--halt-on=1:kill -- true"],
  ["run", "--halt=soon,fail=3 -- true", "--halt-on=3:drain -- true"],
  ["run", "--halt-on-error now,fail=1 -- true", "--halt-on=1:kill -- true"],
  ["run", "--halt never -n 3 -- true", "--total=3 -- true"],
  ["run", "--halt 0 -- true", "-- true"],
  ["run", "--bar -- true", "--reporter=auto -- true"],
  ["run", "-r3 -- true", "--retries=3 -- true"],
  ["doctor", "--no-stop-test -n 4 -- true", "--no-stop-test --total=4 -- true"],
  ["report", "run.jsonl -o run.html", "--output=run.html run.jsonl"],
  ["report", "-o - run.jsonl", "--output=- run.jsonl"],
  ["report", "-", "-"],
  ["demo", "--reporter plain", "--reporter=plain"],
  ["cancel", "amber-fox big.wav", "amber-fox big.wav"],
  ["cancel", "amber-fox -- big.wav", "amber-fox big.wav"],
  ["cancel", "amber-fox -- -big.wav", "-- amber-fox -big.wav"],
  ["cancel", "-- --help", "-- --help"],
];

for (const [name, line, read] of READ) {
  Deno.test(`executor ${name} ${line} is read as ${read}`, () => {
    assertEquals(normalizeArgv(line.split(" "), SYNTAXES[name]).join(" "), read);
  });
}

const bareRetries = "--retries must have a value: give the number of retries, as in -r 3; for an " +
  "empty list, as with -r of xargs, use --no-run-if-empty";

/** Wrong command lines, in which `''` is an empty word. */
const WRONG: [name: keyof typeof SYNTAXES, line: string, said: string][] = [
  ["run", "--journal '' -- true", "--journal must have a value"],
  ["run", "--journal= -- true", "--journal must have a value"],
  ["run", "--journal -- true", "--journal must have a value"],
  ["run", "--journal", "--journal must have a value"],
  ["run", "-n '' -- true", "--total must have a value"],
  ["run", "-n= -- true", "--total must have a value"],
  ["run", "-0n= -- true", "--total must have a value"],
  ["run", "--serve '' -- true", "--serve must have a value"],
  ["run", "--serve= -- true", "--serve must have a value"],
  ["run", "--launcher-arg '' -- true", "--launcher-arg must have a value"],
  [
    "run",
    "--journal --resume -- true",
    "--journal must have a value: write --journal=--resume if that is the value",
  ],
  ["run", "--resume=yes -- true", "--resume has no value: write it alone"],
  ["run", "-n 1 -n 2 -- true", "--total must be given once"],
  ["run", "-n 1 --total 2 -- true", "--total must be given once"],
  ["run", "--wrokers 3 -- true", "there is no option --wrokers: did you mean --workers?"],
  ["run", "--worker 3 -- true", "there is no option --worker: did you mean --workers?"],
  ["run", "--workers3 -- true", "there is no option --workers3: did you mean --workers?"],
  ["run", "--chunk 3 -- true", "there is no option --chunk: did you mean --chunk-size?"],
  ["run", "-workers 3 -- true", "there is no option -workers: did you mean --workers?"],
  ["run", "--frobnicate -- true", "there is no option --frobnicate"],
  ["run", "--frobnicate=3 -- true", "there is no option --frobnicate"],
  ["run", "-Q -- true", "there is no option -Q"],
  ["run", "-0Q -- true", "there is no option -Q"],
  ["run", "-Quite -- true", "there is no option -Quite"],
  ["run", "-jobs 3 -- true", "there is no option -jobs: did you mean --jobs?"],
  ["run", "--jbos 3 -- true", "there is no option --jbos: did you mean --jobs?"],
  ["run", "-j 2 -w 2 -- true", "--workers must be given once"],
  ["run", "-w 2 --jobs 2 -- true", "--workers must be given once: --jobs means --workers"],
  ["run", "-j -- true", "--workers must have a value"],
  ["run", "--bar=1 -- true", "--bar has no value: write it alone"],
  [
    "run",
    "--bar --reporter quiet -- true",
    "--reporter must be given once: --bar means --reporter",
  ],
  ["run", "--halt -- true", "--halt must have a value"],
  ["run", "--halt= -- true", "--halt must have a value"],
  [
    "run",
    "--halt-on 1 --halt now,fail=1 -- true",
    "--halt-on must be given once: --halt means --halt-on",
  ],
  [
    "run",
    "--halt now,fail=20% -- true",
    haltError("now,fail=20%", "a share of the ranges cannot be given"),
  ],
  ["run", "--halt now,fail=0 -- true", haltError("now,fail=0")],
  [
    "run",
    "--halt now,success=1 -- true",
    haltError("now,success=1", "only failures can be counted"),
  ],
  ["run", "--halt 2 -- true", haltError("2", "as in soon,fail=1 or now,fail=1")],
  ["run", "--halt 1:kill -- true", haltError("1:kill")],
  ["run", "-r -- true", bareRetries],
  ["run", "-r -n 3 -- true", bareRetries],
  ["run", "-0r -- true", bareRetries],
  ["run", "--retries -- true", bareRetries],
  ["run", "-L1 -- true", "there is no option -L: use --per-process N for N items a process"],
  [
    "run",
    "--keep-going=1 -- true",
    "there is no option --keep-going: leave it out: a failure " +
    "stops nothing without --halt-on",
  ],
  ["doctor", "--quiet -- true", "there is no option --quiet"],
  ["run", "--- -- true", "there is no option ---"],
  ["run", "--constructor -- true", "there is no option --constructor"],
  [
    "run",
    "-n 3 true",
    '"true" comes before --: put the command after --, as in executor run -- true …',
  ],
  [
    "run",
    "'' -n 3 -- true",
    '"" comes before --: put the command after --, as in executor run -n 10 -- echo {start}',
  ],
  ["doctor", "--timeout '' -- true", "--timeout must have a value"],
  ["doctor", "--workers 3 -- true", "there is no option --workers"],
  ["doctor", "--timeuot 3s -- true", "there is no option --timeuot: did you mean --timeout?"],
  [
    "doctor",
    "true",
    '"true" comes before --: put the command after --, as in executor doctor -- true …',
  ],
  ["report", "run.jsonl -o ''", "--output must have a value"],
  ["report", "run.jsonl --fromat html", "there is no option --fromat: did you mean --format?"],
  [
    "report",
    "''",
    "there is no journal to report: name one, as in executor report run.jsonl -o run.html",
  ],
  [
    "report",
    "a b",
    '"b" comes after the journal: name one journal, as in executor report run.jsonl -o run.html',
  ],
  ["report", "a -- b", "there is nothing to be put after --: leave it out"],
  [
    "cancel",
    "a -- b c",
    '"c" is one word too many: leave it out, as in executor cancel amber-fox big.wav',
  ],
  ["demo", "--title x", "there is no option --title"],
  ["demo", "x", 'the demo has a job of its own: leave out "x"'],
];

for (const [name, line, said] of WRONG) {
  Deno.test(`executor ${name} ${line}: ${said}`, () => {
    const words = line.split(" ").map((word) => word === "''" ? "" : word);
    const error = assertThrows(() => normalizeArgv(words, SYNTAXES[name]), UsageError);
    assertEquals(error.message, said);
  });
}

Deno.test("every option of every command is refused with an empty value, by each of its flags", () => {
  for (const syntax of Object.values<CommandSyntax>(SYNTAXES)) {
    for (const { flag, aliases = [] } of Object.values(syntax.options)) {
      const [names = "", value] = flag.split(/ (?=[<[])/);
      if (value === undefined) continue;
      for (const each of [...names.split(", "), ...aliases]) {
        for (const words of [[each, ""], [`${each}=`], [each, "--"]]) {
          if (value.startsWith("[") && words[1] === "--") continue;
          const check = () => normalizeArgv([...words, "--", "true"], syntax);
          assertThrows(check, UsageError, " must have a value");
        }
      }
    }
  }
});

Deno.test("a word is suggested only if it is near", () => {
  const known = ["--workers", "--total", "--timeout", "--title", "-n", "run", "report"];
  const near = (word: string) => nearest(word, known);
  assertEquals(near("--wrokers"), "--workers");
  assertEquals(near("--work"), "--workers");
  assertEquals(near("--totl"), "--total");
  assertEquals(near("rnu"), "run");
  assertEquals(near("repotr"), "report");
  for (const word of ["--jobs", "--ti", "--x", "-x", "x", "", "--", "runs-on", "--threads"]) {
    assertEquals(near(word), undefined, word);
  }
});

function haltError(value: string, reason?: string): string {
  return "--halt must be now,fail=N, soon,fail=N or never, with a number of failed ranges from 1 on: " +
    `current value is "${value}"${reason === undefined ? "" : ` (${reason})`}`;
}
