import {
  assert,
  assertEquals,
  assertMatch,
  assertNotMatch,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { escapeHidden } from "../../src/base/surrogate_escape.ts";
import { flagOf, readOptions } from "../../src/cli/cliffy_options.ts";
import { DEMO_OPTIONS } from "../../src/cli/demo.ts";
import { DOCTOR_OPTIONS } from "../../src/cli/doctor.ts";
import { flagText, helpOf } from "../../src/cli/help.ts";
import { ATTACH_OPTIONS } from "../../src/cli/attach.ts";
import { LOGS_OPTIONS } from "../../src/cli/logs.ts";
import { LS_OPTIONS } from "../../src/cli/ls.ts";
import { RUN_OPTIONS } from "../../src/cli/options.ts";
import { REPORT_OPTIONS } from "../../src/cli/report.ts";
import { STATUS_OPTIONS } from "../../src/cli/status.ts";
import { WAIT_OPTIONS } from "../../src/cli/wait.ts";
import { CONFIG_OPTIONS } from "../../src/model/config_options.ts";
import { type AnyOption, OPTION_GROUPS, type Options } from "../../src/model/option.ts";
import { optionFiles } from "../../tools/build_readme.ts";
import { runCli } from "../helpers/cli.ts";

const COMMANDS: Record<string, Options> = {
  run: RUN_OPTIONS,
  doctor: DOCTOR_OPTIONS,
  report: REPORT_OPTIONS,
  demo: DEMO_OPTIONS,
  attach: ATTACH_OPTIONS,
  logs: LOGS_OPTIONS,
  ls: LS_OPTIONS,
  status: STATUS_OPTIONS,
  wait: WAIT_OPTIONS,
};

/** A wrong value of each option; with the part of the value that the sentence names, if it is not the whole. */
const WRONG: Record<string, [value: unknown, part?: string]> = {
  totalItems: [-1],
  items: [""],
  chunkSize: [0],
  perProcess: [1.5],
  null: ["yes"],
  stdin: ["lines"],
  keepBlank: ["all"],
  replaceString: [5],
  colsep: [1],
  csv: [";"],
  header: [":"],
  link: ["+"],
  numWorkers: [0],
  protocol: ["ffmpeg"],
  startDelay: [-1],
  memory: ["4"],
  rate: [{ starts: 0, per: 1_000 }, ".starts"],
  memoryFree: [0],
  load: ["half"],
  order: ["sorted"],
  creates: [5],
  gracePeriod: [0],
  maxRetries: [-1],
  timeout: [Infinity],
  stallTimeout: [864_000_000_001],
  runTimeout: ["1h"],
  retryDelay: [{ factor: 0.5 }, ".factor"],
  retryOn: [[]],
  noRetryOn: [[]],
  maxTemporary: [-1],
  retryFrom: ["middle"],
  strict: [1],
  haltOn: [{ failures: 0, how: "drain" }, ".failures"],
  slowAfter: [1],
  killSlow: [0],
  isolate: ["all"],
  resident: ["all"],
  lifespan: [0],
  readyTimeout: ["soon"],
  output: ["some"],
  keepOrder: ["yes"],
  tag: [3],
  gpus: [[2, 2]],
  perGpu: [0],
  threads: ["all"],
  cpus: ["0-3"],
  nice: [20],
  results: [""],
  logDir: ["a\0b"],
  gridCols: [0],
  reporter: ["pretty"],
  name: ["-x"],
  detach: ["yes"],
  json: ["yes"],
  until: [1],
  follow: ["yes"],
  grep: [1],
  failed: ["yes"],
  title: [3],
  serve: ["host"],
  tokenFile: [""],
  showLog: [2],
  color: ["red"],
  onEnd: [" "],
  onFailure: ["a\0b"],
  hookTimeout: [0],
  notify: [-1],
  dryRun: [1],
  journal: [""],
  keepsRecord: ["no"],
  joblog: [""],
  resume: ["run"],
  report: [""],
  events: [""],
  launcher: ["k8s"],
  hosts: [3],
  sshConfig: [""],
  slurmQueue: ["batch"],
  launcherArg: ["--exclusive"],
  lease: [0],
  remoteDeno: ["bin/deno"],
  maxLost: [-1],
  maxLaunchFailures: [0.5],
  stopTest: ["no"],
  format: ["pdf"],
  "report output": [""],
};

for (const [command, options] of Object.entries(COMMANDS)) {
  for (const [field, option] of Object.entries(options)) {
    const flag = flagOf(option);
    Deno.test(`${command} ${flag} has a group, a help line, and a check that names it and the value`, () => {
      assert(OPTION_GROUPS.includes(option.group));
      // A line that does not end in a period goes on with the choices or the default.
      const lines = helpOf(option).replace(/(?<!\.)\n/, " ").split("\n");
      for (const line of lines) assertMatch(line, /^[A-Z0-9].*[^.]\.$/);
      const wrong = WRONG[`${command} ${field}`] ?? WRONG[field];
      assert(wrong !== undefined, "add a wrong value of it to this test");
      const [value, part = ""] = wrong;
      const error = assertThrows(() => option.type.check(value as never, flag), Error);
      const shown = part === "" ? value : (value as Record<string, unknown>)[part.slice(1)];
      const current = typeof shown === "string" ? `"${escapeHidden(shown)}"` : Deno.inspect(shown);
      assertMatch(
        error.message,
        /^Cannot run the job as \S+ must be (an? |"|used with ).*: current/,
      );
      assertStringIncludes(error.message, `as ${flag}${part} must be `);
      assert(error.message.endsWith(`current value is ${current}`), error.message);
    });
  }
}

Deno.test("the fields of a config and the options of the command are different facts", () => {
  const flags = Object.values(RUN_OPTIONS).map(({ flag }) => flag);
  assertEquals(new Set(flags).size, flags.length);
  for (const field of Object.keys(CONFIG_OPTIONS)) assert(field in RUN_OPTIONS);
});

Deno.test("options that are left out have their defaults, and no others", () => {
  const values = readOptions(RUN_OPTIONS, {});
  const { reporter, color, output, launcher, maxRetries, numWorkers, retryDelay } = values;
  assertEquals([reporter, color, output, launcher], ["auto", "auto", "none", "local"]);
  assertEquals([maxRetries, numWorkers], [0, undefined]);
  assertEquals(retryDelay, { initial: 1_000, factor: 2, max: 30_000, jitter: 0.5 });
});

const NEEDS: [given: Record<string, unknown>, sentence: string][] = [
  [{ perGpu: 2 }, "--per-gpu must be used with --gpus"],
  [{ gpus: 2, launcher: "slurm" }, "--gpus must be used with --launcher local"],
  [{ cpus: 2, launcher: "slurm" }, "--cpus must be used with --launcher local"],
  [{ resume: true }, "--resume must be used with --journal"],
  [{ tokenFile: "t" }, "--token-file must be used with --serve"],
  [{ killSlow: true }, "--kill-slow must be used with --slow-after and --retries of 1 or more"],
  [{ killSlow: true, retries: 1 }, "--kill-slow must be used with --slow-after"],
  [{ isolate: true }, "--isolate must be used with --retries of 1 or more"],
  [{ lifespan: 3 }, "--lifespan must be used with --resident"],
  [{ readyTimeout: 9_000 }, "--ready-timeout must be used with --resident"],
  [{ hosts: "n1:1" }, "--hosts must be used with --launcher ssh"],
  [{ lease: 9_000 }, "--lease must be used with --launcher slurm or ssh"],
  [{ remoteDeno: "none" }, "--remote-deno must be used with --launcher slurm or ssh"],
];

for (const [given, sentence] of NEEDS) {
  Deno.test(`options ${Deno.inspect(given)} lack another one`, () => {
    assertThrows(() => readOptions(RUN_OPTIONS, given), Error, sentence);
  });
}

Deno.test("run --help-all shows each flag once, in its group, the daily ones first", async () => {
  const { stdout } = await runCli(["run", "--help-all"]);
  const help = stdout.slice(stdout.indexOf("\nItems:\n"), stdout.indexOf("\nPlaceholders in "));
  const sections = Array.from(help.matchAll(/^(\w+):\n([^]*?)\n(?=\n|$)/gm));
  assertEquals(sections.map(([, name]) => name), [...OPTION_GROUPS]);
  for (const [, name, body] of sections) {
    const flags = Array.from(body!.matchAll(/^ {2}(?:-\w, )*(--[\w-]+)/gm), ([, flag]) => flag!);
    const options = Object.values(RUN_OPTIONS).filter(({ group }) => group === name);
    assertEquals(flags.toSorted(), options.map(flagOf).toSorted());
    const daily = options.filter((option) => "isDaily" in option).map(flagOf);
    assertEquals(flags.slice(0, daily.length).toSorted(), daily.toSorted());
  }
});

/** Joins the lines of a page to one. */
function unwrap(page: string): string {
  return page.replace(/\s+/g, " ");
}

for (const command of Object.keys(COMMANDS)) {
  for (const flag of command === "run" ? ["--help-all"] : ["-h", "--help", "--help-all"]) {
    Deno.test(`${command} ${flag} shows the help of each option`, async () => {
      const page = unwrap((await runCli([command, flag])).stdout);
      for (const option of Object.values<AnyOption>(COMMANDS[command]!)) {
        assertStringIncludes(page, `${flagText(option)} ${unwrap(helpOf(option))}`);
      }
    });
  }
}

for (const args of [["run", "-h"], ["run", "--help", "--", "true"], ["help", "run"]]) {
  Deno.test(`${args.join(" ")} shows the daily options in their groups, and where the others are`, async () => {
    const { code, stdout } = await runCli(args);
    const titles = Array.from(stdout.matchAll(/^(\w+):\n/gm), ([, title]) => title);
    const daily = Object.values<AnyOption>(RUN_OPTIONS).filter(({ isDaily }) => isDaily);
    const groups = OPTION_GROUPS.filter((name) => daily.some(({ group }) => group === name));
    assertEquals(titles, [...groups, "Examples"]);
    const flags = Array.from(stdout.matchAll(/^ {2}(?:-\w, )*(--[\w-]+)/gm), ([, flag]) => flag!);
    assertEquals(flags.toSorted(), daily.map(flagOf).toSorted());
    assertStringIncludes(stdout, "`executor run --help-all` shows all ");
    assertEquals(code, 0);
  });
}

Deno.test("each line of help about an option stands alone", () => {
  for (const [field, option] of Object.entries<AnyOption>(RUN_OPTIONS)) {
    const { help } = option;
    assertNotMatch(help, /^(Those|These|It|That|This|Same|Also|And|Or)\b/, field);
    assert(help.length <= 52, `${field}: ${help.length}`);
  }
});

for (const { path, build } of optionFiles) {
  Deno.test(`the options in ${path} are fresh`, async () => {
    const text = await Deno.readTextFile(new URL(`../../${path}`, import.meta.url));
    assert(text === await build(), "run `deno task generate`");
  });
}
