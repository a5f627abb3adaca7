// Runs over ssh: a pilot per host, hosts from a file that changes, and items on stdin.
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { cliCommand, runCli } from "../../helpers/cli.ts";
import { fakeSsh, linesOf } from "../../helpers/fake_engines.ts";
import { eventsIn, withFolder } from "../../helpers/journal.ts";
import { LINUX, needs, testWith } from "../../helpers/needs.ts";
import { isAlive, processesWith, readUntil, until } from "../../helpers/processes.ts";
import { RESIDENT_WORKER } from "../../helpers/run_resident.ts";
import { writeProgram } from "../../helpers/programs.ts";

const QUIET = ["--reporter", "quiet", "--no-journal"];
const ssh = (hosts: string) => ["run", "--launcher", "ssh", "--hosts", hosts, ...QUIET];

testWith("each host has one shell for all of its workers", needs(LINUX, "setsid"), async () => {
  await withFolder(async (folder) => {
    const env = await fakeSsh(folder);
    const job = ["-n", "40", "-c", "1", "-k", "--", "sh", "-c", "echo {start} $FAKE_NODE"];
    const { code, stdout, stderr } = await runCli([...ssh("n1:2,n2:2"), ...job], { env });
    assertEquals([code, stderr], [0, ""]);
    const rows = stdout.trim().split("\n").map((line) => line.split(" "));
    assertEquals(rows.map(([item]) => Number(item)), Array.from({ length: 40 }, (_, i) => i));
    assertEquals(new Set(rows.map(([, node]) => node)), new Set(["n1", "n2"]));
    assertEquals((await linesOf(folder, "shells")).toSorted(), ["n1", "n2"]);
  });
});

testWith(
  "with --remote-deno none, each worker has a shell of its own",
  needs(LINUX, "setsid"),
  async () => {
    await withFolder(async (folder) => {
      const env = await fakeSsh(folder);
      const job = ["--remote-deno", "none", "-n", "3", "-c", "1", "--", "true"];
      const { code, stderr } = await runCli([...ssh("n1:1"), ...job], { env });
      assertEquals([code, stderr], [0, ""]);
      assertEquals(await linesOf(folder, "shells"), ["n1", "n1", "n1"]);
    });
  },
);

for (const more of [[], ["--remote-deno", "none"]]) {
  testWith(
    `hosts join and leave as their file changes ${more.join(" ")}`,
    needs(LINUX, "setsid"),
    async () => {
      await withFolder(async (folder) => {
        const env = await fakeSsh(folder);
        const file = `${folder}/hosts`;
        await Deno.writeTextFile(file, "n1:1\n");
        const isThere = (name: string) =>
          Deno.stat(`${folder}/${name}`).then(() => true, () => false);
        // Each worker tells where it is, and waits until its file is there.
        const script = `cd ${folder}; echo $FAKE_NODE >on-{start}; ` +
          `until [ -e go-{start} ]; do sleep 0.05; done; : >off-{start}`;
        const job = ["-n", "4", "-c", "1", "-w", "3", ...more, "--", "sh", "-c", script];
        const running = runCli([...ssh(`@${file}`), ...job], { env });
        const release = (item: number) => Deno.writeTextFile(`${folder}/go-${item}`, "");
        const seen = (name: string) =>
          until(() => isThere(name), `there is ${name}`, { patience: 30_000 });
        await seen("on-0");
        await Deno.writeTextFile(file, "n1:1\nn2:1\n");
        await seen("on-1");
        await Deno.writeTextFile(file, "n2:2\n");
        await seen("on-2");
        // The worker on the host that is gone runs to its end, and another one waits for a host that is not.
        await release(0);
        await seen("off-0");
        const connections = async () =>
          (await linesOf(folder, "connections")).map((line) => line.split(" "))
            .filter(([, pid]) => isAlive(Number(pid))).map(([node]) => node);
        const isClosed = async () => !(await connections()).includes("n1");
        await until(isClosed, "the connection to the host that is gone is closed");
        assertEquals(await connections(), ["n2"]);
        for (const item of [1, 2, 3]) await release(item);
        const { code, stderr } = await running;
        assertEquals(code, 0, stderr);
        const nodes = ["0", "1", "2", "3"].map((item) =>
          Deno.readTextFileSync(`${folder}/on-${item}`).trim()
        );
        assertEquals(nodes, ["n1", "n2", "n2", "n2"], stderr);
      });
    },
  );
}

testWith("workers over ssh get their items on stdin", needs(LINUX, "setsid"), async () => {
  await withFolder(async (folder) => {
    const env = await fakeSsh(folder);
    const job = [
      "--stdin",
      "--per-process",
      "2",
      "-k",
      "--",
      "sh",
      "-c",
      "paste -sd+; echo $FAKE_NODE",
    ];
    const items = [":::", "a", "b", "c", "d"];
    const { code, stdout, stderr } = await runCli([...ssh("n1:1"), ...job, ...items], { env });
    assertEquals([code, stderr], [0, ""]);
    assertEquals(stdout, "a+b\nn1\nc+d\nn1\n");
  });
});

testWith("items on stdin go to hosts that have Deno", needs(LINUX, "setsid"), async () => {
  await withFolder(async (folder) => {
    const env = await fakeSsh(folder);
    const deno = `${folder}/deno`;
    const script = `#!/bin/sh\n[ "$FAKE_NODE" = n2 ] && exec "${Deno.execPath()}" "$@"\nexit 1\n`;
    await writeProgram(deno, script);
    const job = ["--remote-deno", deno, "--stdin", "--", "sh", "-c", "cat; echo $FAKE_NODE"];
    const line = [...ssh("n1:5,n2:2"), "-k", "-w", "7", ...job, ":::", "a", "b", "c", "d"];
    const { code, stdout, stderr } = await runCli(line, { env });
    assertEquals([code, stdout], [0, "a\nn2\nb\nn2\nc\nn2\nd\nn2\n"], stderr);
  });
});

testWith("items on stdin are refused if no host has Deno", needs(LINUX, "setsid"), async () => {
  await withFolder(async (folder) => {
    const env = await fakeSsh(folder);
    const job = ["--remote-deno", "/nowhere/deno", "--stdin", "--", "cat", ":::", "a"];
    const { code, stderr } = await runCli([...ssh("n1:1"), ...job], { env });
    assertEquals(code, 1);
    assertStringIncludes(
      stderr,
      "nothing can be handed to the stdin of a worker where no Deno runs",
    );
  });
});

testWith("resident workers run over ssh", needs(LINUX, "setsid"), async () => {
  await withFolder(async (folder) => {
    const env = await fakeSsh(folder);
    const job = ["--resident", "-k", "--", "sh", RESIDENT_WORKER, "echo $FAKE_NODE $$ $items"];
    const items = [":::", "a", "b", "c"];
    const { code, stdout, stderr } = await runCli([...ssh("n1:1"), ...job, ...items], { env });
    assertEquals([code, stderr], [0, ""]);
    const rows = stdout.trim().split("\n").map((line) => line.split(" "));
    assertEquals(rows.map(([node, , item]) => [node, item]), [["n1", "a"], ["n1", "b"], [
      "n1",
      "c",
    ]]);
    assertEquals(new Set(rows.map(([, pid]) => pid)).size, 1);
  });
});

testWith("a resumed run takes the file of its hosts again", needs(LINUX, "setsid"), async () => {
  await withFolder(async (folder) => {
    const env = await fakeSsh(folder);
    await Deno.mkdir(`${folder}/job`);
    await Deno.writeTextFile(`${folder}/job/hosts`, "n1:1\n");
    const script = "[ -e ok ] && echo $FAKE_NODE";
    const job = ["-n", "1", "--journal", "../j", "--remote-deno", "none", "--", "sh", "-c", script];
    const run = ["run", "--launcher", "ssh", "--hosts", "@hosts", "--reporter", "quiet", ...job];
    const first = await runCli(run, { env, cwd: `${folder}/job` });
    assertEquals(first.code, 1, first.stderr);
    await Deno.writeTextFile(`${folder}/job/hosts`, "n2:1\n");
    await Deno.writeTextFile(`${folder}/job/ok`, "");
    const again = await runCli(["resume", "j", "-k"], { env, cwd: folder });
    assertEquals([again.code, again.stdout], [0, "n2\n"], again.stderr);
    assertEquals(await linesOf(folder, "shells"), ["n1", "n2"]);
    const text = await Deno.readTextFile(`${folder}/j`);
    assertEquals(text.match(/"remoteDeno":"none"/g)?.length, 2);
  });
});

const OTHER_USERS: [title: string, hosts: string, refused: string[]][] = [
  ["who is not among the hosts", "alice@n1:1", []],
  ["whom the host refuses", "alice@n1:1,bob@n1:1", ["bob@n1"]],
];

for (const [title, hosts, refused] of OTHER_USERS) {
  testWith(
    `a resumed run waits for what ran as a user ${title}`,
    needs(LINUX, "setsid"),
    async () => {
      await withFolder(async (folder) => {
        const env = await fakeSsh(folder);
        const journal = ["--journal", `${folder}/j`, "--lease", "5s", "--grace-period", "1s"];
        const script = `until [ -e ${folder}/go ]; do sleep 0.05; done`;
        const start = (named: string, ...more: string[]) =>
          cliCommand([
            ...["run", "--launcher", "ssh", "--hosts", named, "--reporter", "quiet", ...journal],
            ...[...more, "-n", "2", "-c", "1", "-w", "2", "--", "sh", "-c", script],
          ], { env }).spawn();
        const spawned = () => {
          try {
            return eventsIn(`${folder}/j`, "spawned");
          } catch {
            return [];
          }
        };
        const first = start("alice@n1:1,bob@n1:1");
        await until(() => spawned().length === 2, "both work", { patience: 30_000 });
        first.kill("SIGKILL");
        await first.output();
        for (const name of refused) await Deno.writeTextFile(`${folder}/refused-${name}`, "");
        const second = start(hosts, "--resume");
        const reader = second.stderr.pipeThrough(new TextDecoderStream()).getReader();
        const text = await readUntil(reader, "waits ");
        await Deno.writeTextFile(`${folder}/go`, "");
        second.kill("SIGTERM");
        await Promise.all([second.status, second.stdout.cancel(), reader.cancel()]);
        assertMatch(text, /as an earlier run may have left workers behind: on bob@n1$/m);
        await until(() => processesWith(folder).length === 0, "no worker is left");
      });
    },
  );
}

const REFUSED: [args: string[], message: string][] = [
  [["--hosts", "@"], '--hosts @FILE must be a path or a file URL: current value is ""'],
  [["--hosts", "@none"], 'current value is "none" (No such file or directory)'],
  [["--hosts", "@hosts"], '(line 2 must be a host with its workers, not "n2")'],
  [["--hosts", "n1:1", "--remote-deno", "x/deno"], "--remote-deno must be an absolute path"],
  [
    ["--hosts", "n1:1", "--remote-deno", "none", "--stdin"],
    "--stdin cannot be used with --remote-deno none: only pilots hand items to workers on other",
  ],
  [
    ["--hosts", "n1:1", "--remote-deno", "none", "--resident"],
    "--resident cannot be used with --remote-deno none",
  ],
];

for (const [args, message] of REFUSED) {
  Deno.test(`executor run --launcher ssh ${args.join(" ")} is refused`, async () => {
    await withFolder(async (folder) => {
      await Deno.writeTextFile(`${folder}/hosts`, "n1:1\nn2\n");
      const line = ["run", "--launcher", "ssh", ...args, "-n", "1", "--", "true"];
      const { code, stderr } = await runCli(line, { cwd: folder });
      assertEquals(code, 2);
      assertStringIncludes(stderr, message);
    });
  });
}
