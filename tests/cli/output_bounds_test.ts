// What waits to be printed: in bounded memory, few files, and nothing left behind.
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { cliCommand, runBash } from "../helpers/cli.ts";
import { withFolder } from "../helpers/journal.ts";
import { LINUX, needs, testWith } from "../helpers/needs.ts";
import { processesWith, uniqueMark, until } from "../helpers/processes.ts";

const QUIET = ["--reporter", "quiet"];
const onLinux = needs(LINUX);

testWith(
  "memory has a bound, however much waits, and however slow the reader",
  onLinux,
  async () => {
    const script = "[ $0 = 0 ] && exec sleep 3; exec seq 1 3500000";
    const args = ["run", "-n", "9", "-c", "1", "-w", "2", "--output", "ordered", ...QUIET];
    const child = cliCommand([...args, "--", "sh", "-c", script, "{start}"]).spawn();
    let peak = 0;
    let length = 0;
    for await (const chunk of child.stdout) {
      // Nothing comes before the first range has ended; then this reader lets the rest wait.
      if (length === 0) await new Promise((resolve) => setTimeout(resolve, 2_000));
      length += chunk.length;
      peak = peakOf(child.pid) ?? peak;
    }
    const { code } = await child.status;
    await child.stderr.cancel();
    assertEquals([code, length], [0, 8 * 26_888_896]);
    // A command that prints nothing takes about 100 MB.
    assert(peak < 350 << 20, `${peak} bytes`);
  },
);

/** The most memory that a process has had, in bytes. */
function peakOf(pid: number): number | undefined {
  try {
    const [, kilobytes] =
      /^VmHWM:\s*(\d+) kB/m.exec(Deno.readTextFileSync(`/proc/${pid}/status`)) ?? [];
    return kilobytes === undefined ? undefined : 1024 * Number(kilobytes);
  } catch {
    return undefined;
  }
}

/** Temporary files that a process holds, with or without a name. */
function spoolsOf(mark: string): string[] {
  return processesWith(mark).flatMap((pid) => {
    try {
      return Array.from(Deno.readDirSync(`/proc/${pid}/fd`), ({ name }) => {
        try {
          return Deno.readLinkSync(`/proc/${pid}/fd/${name}`);
        } catch {
          return "";
        }
      }).filter((path) => path.includes("executor-output-"));
    } catch {
      return [];
    }
  });
}

for (const signal of ["SIGINT", "SIGKILL"] as const) {
  testWith(`nothing of the temporary file is left after ${signal}`, onLinux, async () => {
    await withFolder(async (folder) => {
      const mark = uniqueMark();
      const script = `[ $0 = 0 ] && exec sleep 60; yes ${mark} | head -c 30000000; exec sleep 60`;
      const args = ["run", "-n", "2", "-c", "1", "-w", "2", "--title", mark, "--output", "ordered"];
      const child = cliCommand([...args, ...QUIET, "--", "sh", "-c", script, "{start}"], {
        env: { TMPDIR: folder },
        stdout: "null",
        stderr: "null",
      }).spawn();
      const isNameless = () => {
        const spools = spoolsOf(mark);
        return spools.length === 1 && spools[0]!.includes("(deleted)");
      };
      await until(isNameless, "it holds one temporary file, whose name is gone");
      // The folder for the sockets of runs stays.
      const files = () =>
        Array.from(Deno.readDirSync(folder), ({ name }) => name)
          .filter((name) => name !== `executor-${Deno.uid()}`);
      assertEquals(files(), []);
      child.kill(signal);
      assertEquals((await child.status).signal, signal);
      assertEquals(files(), []);
    });
  });
}

testWith("64 workers whose outputs wait for the first one need few files", onLinux, async () => {
  const worker = "'[ $0 = 0 ] && exec sleep 2; seq -f \"$0 %0100.0f\" 1 2000'";
  const { code, stdout, stderr } = await runBash(
    `ulimit -n 256; X -n 250 -c 1 -w 64 --output ordered ${
      QUIET.join(" ")
    } -- sh -c ${worker} {start} | cksum
     for i in $(seq 1 249); do seq -f "$i %0100.0f" 1 2000; done | cksum`,
  );
  assertEquals([code, stderr], [0, ""]);
  const [ours, expected] = stdout.trim().split("\n");
  assertEquals(ours, expected);
});

/** Makes a stream non-blocking, as ssh and others do with what they share with others. */
const unblock = (stream: "STDOUT" | "STDERR") =>
  `perl -MFcntl -e 'fcntl(${stream}, F_SETFL, O_NONBLOCK | fcntl(${stream}, F_GETFL, 0)) or die'`;
/** A reader that counts lines, and lets the pipe be full for a while. */
const SLOW = "{ read -r first; sleep 1; echo $(($(wc -l) + 1)); }";
const needsPerl = needs(LINUX, "perl");

testWith("a stderr that another program has made non-blocking takes all", needsPerl, async () => {
  const run = `X -n 20 -c 1 -k ${QUIET.join(" ")} -- sh -c 'seq 30000 >&2'`;
  const { code, stdout, stderr } = await runBash(
    `{ ${unblock("STDERR")}; ${run}; } 2>&1 >/dev/null | ${SLOW}`,
  );
  assertEquals([code, stdout, stderr], [0, "600000\n", ""]);
});

for (const mode of ["ordered", "live"]) {
  testWith(`${mode} output to a non-blocking stdout is lost with advice`, needsPerl, async () => {
    const run = `X -n 20 -c 1 --output ${mode} ${QUIET.join(" ")} -- seq 30000`;
    const lost = await runBash(`{ ${unblock("STDOUT")}; ${run}; } | ${SLOW}`);
    assertEquals(lost.code, 1);
    const advice = "another program has made it non-blocking: write to a file instead";
    assertStringIncludes(lost.stderr, advice);
  });
}
