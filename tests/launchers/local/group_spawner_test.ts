// The two ways in which a program is started are told apart by nothing but their cost.
import { LaunchError, LocalLauncher, type WorkerProcess } from "@lambdawaker/executor/launchers";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { withFolder } from "../../helpers/journal.ts";
import { LINUX, needs, testWith } from "../../helpers/needs.ts";
import { writeProgram } from "../../helpers/programs.ts";

const needsProc = needs(LINUX);

async function read(process: WorkerProcess): Promise<{ out: string; exit: unknown }> {
  const text = (stream: ReadableStream<Uint8Array>) => new Response(stream as BodyInit).text();
  const [out, err] = await Promise.all([text(process.stdout), text(process.stderr)]);
  return { out: out + err, exit: await process.status };
}

const DONE = { kind: "exited", code: 0 };

testWith(
  "a worker leads its session and group, by its own number, however often it is started",
  needsProc,
  async () => {
    const launcher = new LocalLauncher();
    for (let start = 0; start < 4; start++) {
      // proc(5): pid (comm) state ppid pgrp session
      const process = launcher.launch({ command: "sh", args: ["-c", "cat /proc/$$/stat; exit 3"] });
      const { out, exit } = await read(process);
      const [pid, , , , group, session] = out.split(" ").map(Number);
      assertEquals([pid, group, session], [process.pid, process.pid, process.pid]);
      assertEquals(exit, { kind: "exited", code: 3 });
    }
  },
);

testWith(
  "a program is called by the same name, with the same arguments and environment, each time",
  needsProc,
  async () => {
    const launcher = new LocalLauncher();
    const said = new Set<string>();
    for (let start = 0; start < 3; start++) {
      const args = [
        "-c",
        'tr "\\0" " " < /proc/$$/cmdline; echo "$A" "$@"; pwd; env | grep -c .',
        "-x",
        "--",
        "",
      ];
      const { out, exit } = await read(
        launcher.launch({ command: "sh", args, env: { A: "b" }, cwd: "/" }),
      );
      assertEquals(exit, DONE);
      said.add(out);
    }
    assertEquals(said.size, 1, Array.from(said).join("\n"));
  },
);

Deno.test("the PATH that the worker gets decides which program it is", async () => {
  await withFolder(async (folder) => {
    const launcher = new LocalLauncher();
    for (const name of ["a", "b"]) {
      await Deno.mkdir(`${folder}/${name}`);
      await writeProgram(`${folder}/${name}/program`, `#!/bin/sh\necho ${name}\n`);
    }
    for (const name of ["a", "a", "b", "b", "a"]) {
      const env = { PATH: `${folder}/${name}` };
      assertEquals(await read(launcher.launch({ command: "program", args: [], env })), {
        out: `${name}\n`,
        exit: DONE,
      });
      const cwd = `${folder}/${name}`;
      assertEquals(await read(launcher.launch({ command: "./program", args: [], cwd })), {
        out: `${name}\n`,
        exit: DONE,
      });
    }
  });
});

const LOST: [
  name: string,
  change: (path: string) => Promise<void>,
  message: (path: string) => string,
][] = [
  ["is removed", (path) => Deno.remove(path), (path) => `command not found: ${path}`],
  [
    "may not be executed any more",
    (path) => Deno.chmod(path, 0o644),
    (path) => `command not executable: ${path} (chmod +x makes it executable)`,
  ],
  [
    "is replaced by one without an interpreter",
    async (path) => {
      await Deno.remove(path);
      await writeProgram(path, "#!/no/such/interpreter\n");
    },
    (path) => `interpreter of ${path} not found: "/no/such/interpreter"`,
  ],
];

for (const [name, change, message] of LOST) {
  Deno.test(`a program that ${name} after it ran is told of as ever`, async () => {
    await withFolder(async (folder) => {
      const launcher = new LocalLauncher();
      const command = `${folder}/program`;
      await writeProgram(command, "#!/bin/sh\n");
      for (let start = 0; start < 2; start++) {
        assertEquals(await read(launcher.launch({ command, args: [] })), { out: "", exit: DONE });
      }
      await change(command);
      const error = assertThrows(() => launcher.launch({ command, args: [] }), LaunchError);
      assertEquals([error.message, error.permanent], [message(command), true]);
    });
  });
}

Deno.test("a working directory that is removed, an argument that is too long or no text: told of as ever", async () => {
  await withFolder(async (folder) => {
    const launcher = new LocalLauncher();
    const cwd = `${folder}/here`;
    await Deno.mkdir(cwd);
    for (let start = 0; start < 2; start++) {
      await read(launcher.launch({ command: "true", args: [], cwd }));
    }
    await Deno.remove(cwd);
    assertThrows(
      () => launcher.launch({ command: "true", args: [], cwd }),
      LaunchError,
      `working directory not found: ${cwd}`,
    );
    assertThrows(
      () => launcher.launch({ command: "true", args: ["a\0b"] }),
      LaunchError,
      "command cannot be started",
    );
    assertThrows(
      () => launcher.launch({ command: "true", args: ["x".repeat(10_000_000)] }),
      LaunchError,
      "Argument list too long",
    );
  });
});

for (const signal of ["SIGTERM", "SIGINT", "SIGKILL"] as const) {
  Deno.test(`${signal} right after a start reaches the worker, and nobody else`, async () => {
    const launcher = new LocalLauncher();
    await read(launcher.launch({ command: "sleep", args: ["0"] }));
    for (let start = 0; start < 40; start++) {
      const process = launcher.launch({ command: "sleep", args: ["1000"] });
      process.kill(signal);
      const { exit } = await read(process);
      assertEquals(exit, { kind: "signaled", signal });
      assert(!process.groupIsAlive());
    }
  });
}
