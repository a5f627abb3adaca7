// Why a program cannot be started: with real files, directories and errors of the system.
import { LaunchError, LocalLauncher } from "@lambdawaker/executor/launchers";
import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { causeText } from "../../src/reporters/wording.ts";
import { runBash } from "../helpers/cli.ts";
import { withFolder } from "../helpers/journal.ts";
import { LINUX, needs, testWith } from "../helpers/needs.ts";
import { writeProgram } from "../helpers/programs.ts";
import { runJob } from "../helpers/run_job.ts";

const needsLinux = needs(LINUX);

/** Returns a program of this machine, with some bytes changed. */
async function changedProgram(change: (bytes: Uint8Array) => void): Promise<Uint8Array> {
  const bytes = await Deno.readFile("/bin/true");
  change(bytes);
  return bytes;
}

/** The number of a machine in an ELF file that is neither this one nor one that it runs. */
const RISC_V = 243;

type Case = [name: string, make: (path: string) => Promise<void>, said: (path: string) => string];

const CASES: Case[] = [
  ["that is not there", () => Promise.resolve(), (path) => `command not found: ${path}`],
  [
    "without an interpreter",
    (path) => writeProgram(path, "#!/no/such/interpreter -x\necho\n"),
    (path) => `interpreter of ${path} not found: "/no/such/interpreter"`,
  ],
  [
    "with CRLF behind its interpreter",
    (path) => writeProgram(path, "#!/bin/sh\r\necho hi\r\n"),
    (path) => `interpreter of ${path} not found: "/bin/sh\\r" (its lines end in CRLF)`,
  ],
  [
    "with CRLF behind the program that env is to find",
    (path) => writeProgram(path, "#!/usr/bin/env sh\r\necho hi\r\n"),
    (path) => `interpreter of ${path} not found: "sh\\r" (its lines end in CRLF)`,
  ],
  [
    "whose interpreter env does not find",
    (path) => writeProgram(path, "#!/usr/bin/env -S no-such-program -x\n"),
    (path) => `interpreter of ${path} not found: "no-such-program"`,
  ],
  [
    "whose interpreter is a directory",
    (path) => writeProgram(path, "#!/etc\n"),
    (path) => `interpreter of ${path} not executable: "/etc"`,
  ],
  [
    "whose interpreter may not be executed",
    (path) => writeProgram(path, "#!/etc/passwd\n"),
    (path) => `interpreter of ${path} not executable: "/etc/passwd"`,
  ],
  [
    "whose interpreter has none",
    async (path) => {
      await writeProgram(`${path}.inner`, "#!/no/such/interpreter\n");
      await writeProgram(path, `#!${path}.inner\n`);
    },
    (path) => `interpreter of ${path}.inner not found: "/no/such/interpreter"`,
  ],
  [
    "that may not be executed",
    (path) => writeProgram(path, "#!/bin/sh\n", 0o644),
    (path) => `command not executable: ${path} (chmod +x makes it executable)`,
  ],
  [
    "that is a directory",
    (path) => Deno.mkdir(path),
    (path) => `command not executable: ${path} (it is a directory)`,
  ],
  [
    "that is a link to nothing",
    (path) => Deno.symlink("nowhere", path),
    (path) =>
      `command cannot be started: ${path} is a link to "nowhere", which does not lead to a file`,
  ],
  [
    "that is a link to itself",
    (path) => Deno.symlink(path, path),
    (path) =>
      `command cannot be started: ${path} is a link to "${path}", which does not lead to a file`,
  ],
  [
    "for another machine",
    async (path) => writeProgram(path, await changedProgram((bytes) => bytes[18] = RISC_V)),
    (path) => `exec format error: ${path} is a program for RISC-V, and this is `,
  ],
  [
    "for another system",
    (path) => writeProgram(path, "MZ\x90\0"),
    (path) => `exec format error: ${path} is a program for Windows, and this is `,
  ],
  [
    "that was cut off",
    async (path) => writeProgram(path, (await Deno.readFile("/bin/true")).subarray(0, 70)),
    (path) => `exec format error: ${path} is a program that was cut off, and this is `,
  ],
  [
    "of binary data",
    (path) => writeProgram(path, "\x01\0\x02\n"),
    (path) => `exec format error: ${path} is binary data, but no program, and this is `,
  ],
  [
    "whose loader is not there",
    async (path) =>
      writeProgram(
        path,
        await changedProgram((bytes) => {
          const at = new TextDecoder("latin1").decode(bytes).search(/\/lib\w*\/ld-/);
          bytes[at + 1] = 0x78;
        }),
      ),
    (path) => `loader of ${path} not found: /x`,
  ],
];

for (const [name, make, said] of CASES) {
  testWith(`a program ${name} is told of as that, and not tried again`, needsLinux, async () => {
    await withFolder(async (folder) => {
      const path = `${folder}/program`;
      await make(path);
      const { summary } = await runJob(
        { totalItems: 1, maxRetries: 3, retryDelay: 0 },
        () => [path],
      );
      const [failure] = summary.failures;
      const text = causeText(failure!.cause);
      assert(text.startsWith(said(path)), text);
      assertEquals([failure!.status, summary.attempts], ["CRASHED", 1]);
      const { code, stderr } = await runBash(`X -n 1 -r 3 -- ${path}`);
      assert(stderr.startsWith(`executor: ${said(path)}`), stderr);
      assertEquals(code, 2);
    });
  });
}

const BUSY: [name: string, content: string | undefined, busy: string][] = [
  ["a program", undefined, "program"],
  ["a script", "#!/bin/sh\nexit 0\n", "program"],
  ["an interpreter", "#!{folder}/shell\nexit 0\n", "shell"],
];

for (const [name, content, busy] of BUSY) {
  testWith(`${name} that is open for writing is told of as that`, needsLinux, async () => {
    await withFolder(async (folder) => {
      const path = `${folder}/program`;
      await Deno.copyFile("/bin/sh", `${folder}/shell`);
      const text = content?.replace("{folder}", folder);
      await writeProgram(path, text ?? await Deno.readFile("/bin/true"));
      using _writer = await Deno.open(`${folder}/${busy}`, { write: true });
      const { summary } = await runJob({ totalItems: 1 }, () => [path]);
      const [failure] = summary.failures;
      assertEquals(failure!.cause, { kind: "exit", code: 126 });
      assertEquals(failure!.log, [
        "cannot be started: the program, or its interpreter, is open for writing",
      ]);
    });
  });
}

const RUN: [name: string, content: string][] = [
  ["without #!", "echo said\n"],
  ["with blanks behind #!", "#!  /bin/sh  \necho said\n"],
  ["with an argument of its interpreter", "#!/bin/sh -e\necho said\n"],
  ["that env finds", "#!/usr/bin/env sh\necho said\n"],
  ["that is a script of a script", "#!/usr/bin/env -S sh -e\necho said\n"],
];

for (const [name, content] of RUN) {
  testWith(`a program ${name} is run as ever`, needsLinux, async () => {
    await withFolder(async (folder) => {
      await writeProgram(`${folder}/program`, content);
      const { stdout } = await runBash(
        `cd ${folder} && X -n 3 -c 1 --reporter quiet --output ordered -- ./program`,
      );
      assertEquals(stdout, "said\nsaid\nsaid\n");
    });
  });
}

testWith(
  "an interpreter that is removed during the run is told of as that",
  needsLinux,
  async () => {
    await withFolder(async (folder) => {
      const launcher = new LocalLauncher();
      await Deno.copyFile("/bin/sh", `${folder}/shell`);
      await writeProgram(`${folder}/program`, `#!${folder}/shell\n`);
      const command = { command: `${folder}/program`, args: [] };
      for (let start = 0; start < 2; start++) {
        const { status, stdout, stderr } = launcher.launch(command);
        assertEquals(await status, { kind: "exited", code: 0 });
        await Promise.all([stdout.cancel(), stderr.cancel()]);
      }
      await Deno.remove(`${folder}/shell`);
      const error = assertThrows(() => launcher.launch(command), LaunchError);
      assertEquals(error.message, `interpreter of ${folder}/program not found: "${folder}/shell"`);
    });
  },
);

Deno.test("a working directory is told of as what it is", async () => {
  await withFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/file`, "");
    const reasonFor = async (cwd: string | URL) => {
      const command = { command: "true", args: [], cwd };
      const { summary } = await runJob({ totalItems: 1, maxRetries: 3 }, () => command);
      assertEquals(summary.attempts, 1);
      return causeText(summary.failures[0]!.cause);
    };
    assertEquals(await reasonFor(`${folder}/none`), `working directory not found: ${folder}/none`);
    assertEquals(
      await reasonFor(`${folder}/file`),
      `working directory is not a directory: ${folder}/file`,
    );
    assertEquals(
      await reasonFor("a\udce9"),
      'working directory "a\\xe9" cannot be passed to a program: it is not UTF-8',
    );
    assertMatch(await reasonFor(new URL("file:///a%e9")), /^working directory: .*not UTF-8/);
    assertMatch(await reasonFor(new URL("http://x/")), /where cwd may be a file URL: it returned /);
  });
});

testWith(
  "a working directory that is gone is told of as that",
  needsLinux,
  async () => {
    await withFolder(async (folder) => {
      const during = await runBash(
        `mkdir ${folder}/b && cd ${folder}/b && X -n 3 -c 1 -w 1 -r 2 -- sh -c 'rmdir ../b 2>/dev/null; true'`,
      );
      assertEquals(during.code, 1);
      assertMatch(during.stdout, /after 1 attempt: working directory is gone: \S+\/b\n/);
      assertMatch(during.stdout, /: 1 done · 2 failed \(2 crashed\) of 3 items/);
    });
  },
);

Deno.test("what cannot be passed to a program is refused by name, and never changed", async () => {
  const wrong: [args: string[], env: Record<string, string>, said: string][] = [
    [["a\0b"], {}, 'argument "a\\0b" cannot be passed to a program: it contains a NUL'],
    [["a\udce9"], {}, 'argument "a\\xe9" cannot be passed to a program: it is not UTF-8'],
    [["\ud83d"], {}, 'argument "\\ud83d" cannot be passed to a program: it is not UTF-8'],
    [[], { A: "\udce9" }, 'variable "A=\\xe9" cannot be passed to a program: it is not UTF-8'],
    [[], { A: "a\0" }, 'variable "A=a\\0" cannot be passed to a program: it contains a NUL'],
    [[], { "A=B": "c" }, 'variable "A=B" cannot be passed to a program: it has a = in its name'],
    [[], { "": "c" }, 'variable "" cannot be passed to a program: it has no name'],
  ];
  for (const [args, env, said] of wrong) {
    const command = { command: "true", args, env };
    const { summary } = await runJob({ totalItems: 1, maxRetries: 3 }, () => command);
    assertEquals(causeText(summary.failures[0]!.cause), said);
    assertEquals(summary.attempts, 1);
  }
});

testWith("a command line that is too long is told of with its size", needsLinux, async () => {
  const reasonFor = async (argv: string[]) => {
    const { summary } = await runJob({ totalItems: 5, numWorkers: 1, maxRetries: 3 }, () => argv);
    assertEquals(summary.attempts, 1);
    return causeText(summary.failures[0]!.cause);
  };
  assertEquals(
    await reasonFor(["true", "é".repeat(70_000)]),
    "command cannot be started: Argument list too long: an argument has 140000 bytes, and the system takes 131071",
  );
  assertEquals(
    await reasonFor(["true", ...Array(1_000_000).fill("1234567")]),
    "command cannot be started: Argument list too long: it has 1000000 arguments, 8000000 bytes in all, for 5 items",
  );
});
