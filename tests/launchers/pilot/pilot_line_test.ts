import { assert, assertEquals } from "@std/assert";
import { OLDEST_DENO } from "../../../src/base/runtime.ts";
import { quote } from "../../../src/base/shell.ts";
import {
  parsePilotAnswer,
  type PilotAnswer,
  pilotLine,
  type PilotLineOptions,
} from "../../../src/launchers/pilot/pilot_line.ts";
import { BOOTSTRAP, GREETING } from "../../../src/launchers/remote/agent.ts";
import { SHELLS } from "../../helpers/agent.ts";
import { needs, POSIX, testWith } from "../../helpers/needs.ts";
import { until } from "../../helpers/processes.ts";
import { writeProgram } from "../../helpers/programs.ts";

/** A pilot that says what it was told, hands on the environment and the rest of its stdin, and ends. */
const CODE = new TextEncoder().encode(`
export async function runPilot() {
  const say = (text) => Deno.stdout.writeSync(new TextEncoder().encode(text + "\\n"));
  const env = new Deno.Command("env", { args: ["-0"], stdin: "null" }).outputSync();
  say(new TextDecoder().decode(env.stdout));
  say(await new Response(Deno.stdin.readable).text());
  // € is not one byte.
}
`);

/** A shell on a node, and what the executor asks of it. */
interface Node {
  readonly shell: readonly string[];
  readonly options?: Partial<PilotLineOptions>;
  /** Its whole environment, in place of that of this process. */
  readonly env?: Record<string, string>;
  readonly cwd?: string;
}

/** What the node has printed after the greeting. */
interface Said {
  readonly answer: PilotAnswer | undefined;
  /** What was printed before the answer. */
  readonly before: string;
  /** The lines that follow the answer. */
  readonly lines: string[];
  readonly code: number;
  readonly errors: string;
}

async function start({ shell: [command = "", ...args], options, env, cwd }: Node): Promise<Said> {
  const child = new Deno.Command(await pathOf(command), {
    args: [...args, ...BOOTSTRAP.slice(1)],
    ...(env === undefined ? {} : { clearEnv: true, env }),
    cwd,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  const write = async () => {
    await writer.write(pilotLine({ nonce: "N0", codeBytes: CODE.length, ...options }));
    await writer.write(CODE);
    await writer.write(new TextEncoder().encode("frames"));
    await writer.close();
  };
  // A shell without Deno does not read the code.
  const [output] = await Promise.all([child.output(), write().catch(() => {})]);
  const text = new TextDecoder().decode(output.stdout);
  const [before = "", greeted = ""] = text.split(`\x1e${GREETING}\n`);
  const [noise = "", frame = ""] = greeted.split("\x1e");
  const [answer = "", ...lines] = frame.split("\n");
  return {
    answer: parsePilotAnswer(answer),
    before: before + noise,
    lines,
    code: output.code,
    errors: new TextDecoder().decode(output.stderr),
  };
}

function inEachShell(name: string, test: (shell: readonly string[]) => Promise<void>): void {
  for (const shell of SHELLS) {
    const title = `line of a pilot in ${shell.join(" ")}: ${name}`;
    testWith(title, needs(POSIX, shell[0]!), () => test(shell));
  }
}

/** Makes a folder with programs, which are shell scripts by their names, and runs the test with it as the whole PATH. */
async function withPrograms(
  programs: Record<string, string>,
  test: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    // What a node has besides.
    for (const program of ["sh", "env", "sleep", "uname", "setsid"]) {
      const path = await pathOf(program);
      if (path !== "") await Deno.symlink(path, `${folder}/${program}`);
    }
    for (const [name, script] of Object.entries(programs)) {
      await writeProgram(`${folder}/${name}`, `#!/bin/sh\n${script}\n`);
    }
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const ENGINE = { node: "n1", id: '"$JOB.0"' };
const DENO = Deno.execPath();

inEachShell("the code runs, and the rest of stdin is left to it", async (shell) => {
  const { answer, lines, code, errors } = await start({
    shell,
    options: { deno: DENO, engine: ENGINE },
    env: { PATH: Deno.env.get("PATH")!, JOB: "17" },
  });
  assertEquals(errors, "");
  assertEquals(answer, { kind: "pilot", node: "n1", id: "17.0" });
  assertEquals(lines.slice(1), ["frames", ""]);
  assertEquals(code, 0);
});

inEachShell("the node has a name, and no id if the engine gives none", async (shell) => {
  const { answer } = await start({ shell, options: { deno: DENO } });
  assertEquals(answer, { kind: "pilot", node: Deno.hostname(), id: undefined });
});

inEachShell("a node may have any name", async (shell) => {
  const node = `rack 1: "n'1" $HOME \\n *%s; ü€`;
  const options = { engine: { node: quote(node) }, deno: DENO };
  const { answer } = await start({ shell, options });
  assertEquals(answer, { kind: "pilot", node, id: undefined });
  const without = await start({ shell, options: { ...options, deno: "no-such-deno" } });
  assertEquals(without.answer, { kind: "no-deno", node, found: undefined });
});

/** Variables that Deno or a shell would like to have otherwise. */
const ENVIRONMENTS: Record<string, string>[] = [
  {},
  { HOME: "/proc/1/no", DENO_DIR: "/a b/'c'", DENO_NO_UPDATE_CHECK: "", SAMPLE: "a\nb $c `d` €" },
  { HOME: "/proc/1/no", NO_COLOR: "1", LC_ALL: "xx_XX.UTF-8", "un.usual": "x" },
];

inEachShell("workers have the environment of the session", async (shell) => {
  await withPrograms({}, async (PATH) => {
    for (const more of ENVIRONMENTS) {
      const env = { ...more, PATH };
      const { answer, lines, errors } = await start({
        shell,
        options: { deno: DENO, engine: ENGINE },
        env,
      });
      assertEquals(answer?.kind, "pilot", errors);
      const end = lines.indexOf("frames");
      assertEquals(variables(lines.slice(0, end).join("\n")), await variablesIn(shell, env));
    }
  });
});

/** The variables that a plain session has. */
async function variablesIn(
  [command = "", ...args]: readonly string[],
  env: Record<string, string>,
): Promise<string[]> {
  const options = { args: [...args, "-c", "exec env -0"], clearEnv: true, env };
  const { stdout } = await new Deno.Command(await pathOf(command), options).output();
  return variables(new TextDecoder().decode(stdout));
}

/** Splits a list of variables, without the one that names the program which a shell starts. */
function variables(text: string): string[] {
  return text.split("\0").map((line) => line.trim()).filter((line) => !/^(_=|$)/.test(line)).sort();
}

async function pathOf(program: string): Promise<string> {
  const { stdout } = await new Deno.Command("sh", { args: ["-c", `command -v ${program}`] })
    .output();
  return new TextDecoder().decode(stdout).trim();
}

inEachShell("Deno needs no home, and writes nothing there", async (shell) => {
  await withPrograms({}, async (PATH) => {
    const home = await Deno.makeTempDir();
    const options = { deno: DENO, engine: ENGINE };
    const { answer, errors } = await start({ shell, options, env: { PATH, HOME: home } });
    assertEquals(answer?.kind, "pilot", errors);
    assertEquals(Array.from(Deno.readDirSync(home)), []);
    await Deno.remove(home);
  });
});

inEachShell("files of the directory, or its absence, change nothing", async (shell) => {
  const cwd = await Deno.makeTempDir();
  for (const name of ["deno.json", "package.json", "deno.lock"]) {
    await Deno.writeTextFile(`${cwd}/${name}`, "{ broken");
  }
  const options = { deno: DENO, engine: ENGINE };
  const { answer, errors } = await start({ shell, options, cwd });
  assertEquals(answer?.kind, "pilot", errors);
  const gone = ["sh", "-c", 'rm -r "$PWD" && exec "$@"', "sh", ...shell];
  const without = await start({ shell: gone, options, cwd });
  assertEquals(without.answer?.kind, "pilot", without.errors);
});

inEachShell("Deno is looked for on the PATH, and then where the executor has it", async (shell) => {
  const wrapper = `echo "welcome to the site"; exec ${quote(DENO)} "$@"`;
  await withPrograms({ deno: wrapper }, async (PATH) => {
    const { answer, before, lines } = await start({ shell, env: { PATH } });
    assertEquals([answer?.kind, before], ["pilot", "welcome to the site\n"]);
    assertEquals(lines.slice(-2), ["frames", ""]);
  });
  await withPrograms({}, async (PATH) => {
    const own = await start({ shell, env: { PATH } });
    assertEquals(own.answer?.kind, "pilot");
    const options = { ownDeno: "/no/such/deno", engine: ENGINE };
    const none = await start({ shell, options, env: { PATH } });
    assertEquals(none.answer, { kind: "no-deno", node: "n1", found: undefined });
    assertEquals(none.code, 0);
  });
  await withPrograms({ deno: wrapper }, async (PATH) => {
    const options = { deno: "/no/such/deno", engine: ENGINE };
    const { answer } = await start({ shell, options, env: { PATH } });
    assertEquals(answer, { kind: "no-deno", node: "n1", found: undefined });
  });
});

/** Returns a program that tells this version, and fails for anything else. */
function tells(version: string): string {
  return `[ "$1" = --version ] || exit 9; echo "deno ${version} (stable)"; echo "v8 1.2.3"`;
}

const [MAJOR = 0, MINOR = 0] = OLDEST_DENO.split(".").map(Number);
const OLD = ["1.46.3", `${MAJOR}.${MINOR - 1}.99`, `${MAJOR - 1}.${MINOR + 1}.0`];
const NEW = [`${MAJOR}.${MINOR}.0`, `${MAJOR}.${MINOR}.0-rc.1+1a2b`, `${MAJOR + 1}.0.0`];

inEachShell("the version decides, and a newer Deno may come after an old one", async (shell) => {
  for (const version of [...OLD, `${MAJOR}.x`, "x.9"]) {
    await withPrograms({ deno: tells(version) }, async (PATH) => {
      const options = { ownDeno: "/no/such/deno", engine: ENGINE };
      const old = await start({ shell, options, env: { PATH } });
      const found = /^\d+\.\d/.test(version) ? version : "unusable";
      assertEquals(old.answer, { kind: "no-deno", node: "n1", found });
      const both = await start({ shell, env: { PATH } });
      assertEquals(both.answer?.kind, "pilot");
    });
  }
  for (const version of NEW) {
    await withPrograms({ deno: tells(version) }, async (PATH) => {
      const { answer, code } = await start({ shell, env: { PATH } });
      assertEquals([answer, code], [undefined, 9], version);
    });
  }
});

/** Programs that are no Deno of use. A program that hangs has a child which does, too. */
const UNUSABLE: Record<string, string> = {
  "hangs": "sleep 600 & wait",
  "hangs, and ends for no signal but SIGKILL": "trap '' TERM HUP INT; sleep 600; sleep 600",
  "asks for something": "read -r answer; sleep 600",
  "prints something else": "echo this is no version",
  "fails": "echo no license >&2; exit 3",
};

for (const [what, script] of Object.entries(UNUSABLE)) {
  inEachShell(`a program that ${what} is no Deno, and is gone`, async (shell) => {
    const mark = `mark${crypto.randomUUID()}`;
    await withPrograms({ deno: `MARK=${mark}; export MARK\n${script}` }, async (PATH) => {
      const options = { ownDeno: "/no/such/deno", engine: ENGINE, patience: 1_000 };
      const { answer, code } = await start({ shell, options, env: { PATH } });
      const found = script.includes("sleep") ? "late" : "unusable";
      assertEquals(answer, { kind: "no-deno", node: "n1", found });
      assertEquals(code, 0);
      if (Deno.build.os === "linux") assertEquals(await processesOf(mark), []);
    });
  });
}

/** The processes that have a variable with this value. */
async function processesOf(value: string): Promise<number[]> {
  const find = () =>
    Array.from(Deno.readDirSync("/proc"), ({ name }) => Number(name)).filter((pid) => {
      try {
        return pid > 0 && Deno.readTextFileSync(`/proc/${pid}/environ`).includes(value);
      } catch {
        return false;
      }
    });
  // What was killed takes a moment to be gone.
  await until(() => find().length === 0, "the program is gone");
  return find();
}

inEachShell("a file that cannot be run is no Deno", async (shell) => {
  await withPrograms({}, async (PATH) => {
    // A program for another machine: its header, and what would be a command for a shell that takes it for a script.
    const foreign = new Uint8Array(300);
    foreign.set([0x7f, 0x45, 0x4c, 0x46, 2, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 22]);
    await writeProgram(`${PATH}/deno`, foreign);
    const options = { ownDeno: "/etc/passwd", engine: ENGINE };
    const { answer } = await start({ shell, options, env: { PATH } });
    assertEquals(answer, { kind: "no-deno", node: "n1", found: "unusable" });
    const folder = await start({ shell, options: { ...options, deno: "/" }, env: { PATH } });
    assertEquals(folder.answer, { kind: "no-deno", node: "n1", found: "unusable" });
  });
});

inEachShell("a connection that ends amid the code ends the pilot", async (shell) => {
  const options = { deno: DENO, engine: ENGINE, codeBytes: CODE.length + 100 };
  const { answer, code } = await start({ shell, options });
  assertEquals([answer, code], [undefined, 1]);
});

testWith("code that does not come is not waited for for ever", needs(POSIX), async () => {
  const child = new Deno.Command("sh", {
    args: BOOTSTRAP.slice(1),
    stdin: "piped",
    stdout: "null",
  }).spawn();
  const line = new TextDecoder().decode(pilotLine({ nonce: "N0", codeBytes: 9, deno: DENO }));
  assert(line.includes("300000"));
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(line.replace("300000", "300")));
  assertEquals((await child.status).code, 1);
  await writer.close().catch(() => {});
});

Deno.test("answers are parsed, and nothing else is one", () => {
  const cases: [text: string, answer: PilotAnswer | undefined][] = [
    ["N PILOT n1 -", { kind: "pilot", node: "n1", id: undefined }],
    ["N PILOT n1 12.3", { kind: "pilot", node: "n1", id: "12.3" }],
    ["N NODENO a b 1.40.0", { kind: "no-deno", node: "a b", found: "1.40.0" }],
    ["N NODENO n1 nothing", { kind: "no-deno", node: "n1", found: undefined }],
    ["N START n1 -", undefined],
    ["N PILOT n1", undefined],
    ["executor-agent", undefined],
  ];
  for (const [text, answer] of cases) assertEquals(parsePilotAnswer(text), answer, text);
});

Deno.test("the line is one line, whatever it holds", () => {
  const options = { nonce: "N", codeBytes: 1, deno: "/a\nb", ownDeno: "", engine: { node: "x" } };
  const text = new TextDecoder().decode(pilotLine(options));
  assert(text.endsWith("\n") && text.indexOf("\n") === text.length - 1);
});
