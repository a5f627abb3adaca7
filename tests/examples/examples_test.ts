// The examples on real files, checked with coreutils.
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { cliCommand, runCli } from "../helpers/cli.ts";
import { needs, testWith } from "../helpers/needs.ts";
import { processesWith } from "../helpers/processes.ts";
import { Random } from "../helpers/random.ts";

const ROOT = new URL("../..", import.meta.url).pathname;
const FILES = 60;
const needsPrograms = needs("python3", "sha256sum");

async function run(command: string, args: string[]): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command(command, { args, cwd: ROOT }).output();
  assertEquals(code, 0, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

/** Makes a tree, runs a job on it, and checks every line that the workers wrote with sha256sum. */
async function checkJob(job: (folder: string) => Promise<void>): Promise<void> {
  const parent = await Deno.makeTempDir();
  try {
    const folder = `${parent}/tree`;
    await run("python3", ["examples/make_tree.py", folder, `${FILES}`]);
    await job(folder);
    const results = Array.from(Deno.readDirSync(parent), ({ name }) => name).filter((name) =>
      name.endsWith(".sha256")
    );
    const checked = await run("sha256sum", [
      "-c",
      ...results.sort().map((name) => `${parent}/${name}`),
    ]);
    const files = checked.trimEnd().split("\n");
    assertEquals(files.filter((line) => line.endsWith(": OK")).length, FILES);
    assertEquals(new Set(files).size, FILES, "a file was hashed twice");
  } finally {
    await Deno.remove(parent, { recursive: true });
  }
}

testWith("examples/hash_tree.py, from the command line", needsPrograms, async () => {
  await checkJob(async (folder) => {
    const args =
      `-n ${FILES} -w 4 -c 8 -r 3 -- python3 examples/hash_tree.py ${folder} {start} {end}`;
    const { code, stdout } = await runCli(["run", ...args.split(" ")], { cwd: ROOT });
    assertStringIncludes(stdout, `8 done of 8 ranges · ${FILES} of ${FILES} items done`);
    assertStringIncludes(stdout, `[${FILES}/${FILES}] SUCCESS`);
    assertEquals(code, 0);
  });
});

testWith("examples/hash_tree.ts, from TypeScript", needsPrograms, async () => {
  await checkJob(async (folder) => {
    await run(Deno.execPath(), [
      "run",
      "-A",
      "--quiet",
      "examples/hash_tree.ts",
      folder,
      `${FILES}`,
    ]);
  });
});

testWith(
  "examples/resumable.py: whichever process is killed, and whatever the chunk sizes, each item is done exactly once",
  needsPrograms,
  async () => {
    const folder = await Deno.makeTempDir();
    const total = 2_000;
    const args = (run: number) => [
      ...["run", "-n", `${total}`, "-r", "1000", "--retry-delay", "1ms,1"],
      ...["-c", `${[500, 170, 333][run % 3]}`, "-w", `${3 + run % 3}`],
      ...["--retry-from", "checkpoint", "--journal", `${folder}/journal`, "--resume"],
      ...["--reporter", "quiet", "--grace-period", "1s", "--"],
      ...["python3", "examples/resumable.py", folder, "{resume}", "{end}"],
    ];
    const random = new Random(5);
    let [runs, kills] = [0, 0];
    for (let code = -1; code !== 0; runs++) {
      const executor = cliCommand(args(runs), { cwd: ROOT, stdout: "null", stderr: "null" })
        .spawn();
      let isOver = false;
      const ended = executor.status.finally(() => isOver = true);
      while (!isOver) {
        await new Promise((resolve) => setTimeout(resolve, 20 + random.integer(60)));
        // Other tests run the same program.
        const workers = processesWith(folder).filter((pid) => pid !== executor.pid);
        const victim = runs < 3 && random.integer(10) === 0 ? executor.pid : random.pick(workers);
        if (victim === undefined || isOver || kills >= 60) continue;
        kills++;
        try {
          Deno.kill(victim, "SIGKILL");
        } catch {
          // It ended in the meantime.
        }
      }
      code = (await ended).code;
    }
    assert(runs > 1 && kills > 5, `${kills} kills in ${runs} runs`);
    const parts = Array.from(Deno.readDirSync(folder), ({ name }) => name)
      .filter((name) => name.startsWith("part-"));
    const items = parts.flatMap((name) =>
      // What follows the last newline was cut short.
      Deno.readTextFileSync(`${folder}/${name}`).split("\n").slice(0, -1)
        .map((line) => Number(line.split(" ")[0]))
    );
    assertEquals(items.sort((a, b) => a - b), Array.from({ length: total }, (_, index) => index));
    await Deno.remove(folder, { recursive: true });
  },
);

testWith(
  "examples/resumable.py: an item whose line is not whole, as the disk is full, is not reported as done",
  needs("python3", "bash"),
  async () => {
    const folder = await Deno.makeTempDir();
    try {
      // What no longer fits is written in part, as on a full disk.
      const script = 'ulimit -f 1; exec python3 examples/resumable.py "$0" 0 100';
      const { code, stdout } = await new Deno.Command("bash", {
        args: ["-c", script, folder],
        cwd: ROOT,
        stderr: "null",
      }).output();
      assertEquals(code, 1);
      const text = await Deno.readTextFile(`${folder}/part-0.txt`);
      assertEquals(text.length, 1024);
      const reported = new TextDecoder().decode(stdout).trimEnd().split("\n").at(-1);
      assertEquals(reported, `PROGRESS: ${text.split("\n").length - 1}`);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);
