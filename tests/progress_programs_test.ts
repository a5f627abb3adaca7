// The progress of real programs, on local files and a slow server on loopback.
import { type TaskConfig, type ToolName, toolProtocol } from "@lambdawaker/executor";
import { assert, assertEquals } from "@std/assert";
import { runCli } from "./helpers/cli.ts";
import { withFolder } from "./helpers/journal.ts";
import { has, succeeds } from "./helpers/programs.ts";
import { ofKind, runJob } from "./helpers/run_job.ts";

const PYTHON = "/usr/bin/python3";
const SIZE = 4_000_000;

/** Runs a program as the only item of a job; says which shares it told of, and checks that they are those of progress. */
async function sharesOf(
  tool: ToolName,
  command: readonly string[],
  config: Partial<TaskConfig> = {},
) {
  const result = await runJob(
    { totalItems: 1, numWorkers: 1, protocol: () => toolProtocol(tool), ...config },
    () => command,
  );
  const { failures, ok } = result.summary;
  assert(ok, JSON.stringify(failures));
  const shares = ofKind(result, "progress").map(({ share }) => share!);
  const distinct = new Set(shares);
  assert(distinct.size >= 3, `${tool} said ${shares}`);
  assertEquals(shares, shares.toSorted((a, b) => a - b));
  assert(shares.at(-1)! >= 0.9, `${tool} said ${shares}`);
  return result;
}

/** Serves the files of a folder, a tenth of each large one at a time. */
async function withSlowServer(
  folder: string,
  test: (url: string) => Promise<void>,
  { pause = 100 }: { pause?: number } = {},
): Promise<void> {
  const serve = async (request: Request) => {
    const path = folder + new URL(request.url).pathname;
    const bytes = await Deno.readFile(path).catch(() => undefined);
    if (bytes === undefined) return new Response(null, { status: 404 });
    const part = Math.ceil(bytes.length / 10);
    const isLarge = bytes.length > 100_000;
    const body = new ReadableStream<Uint8Array>({
      async pull(controller) {
        if (isLarge) await new Promise((resolve) => setTimeout(resolve, pause));
        controller.enqueue(bytes.subarray(at, at += part));
        if (at >= bytes.length) controller.close();
      },
    });
    let at = 0;
    return new Response(body, { headers: { "content-length": `${bytes.length}` } });
  };
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, serve);
  try {
    await test(`http://127.0.0.1:${server.addr.port}`);
  } finally {
    await server.shutdown();
  }
}

function fill(path: string, size = SIZE): string {
  const bytes = new Uint8Array(size);
  for (let at = 0; at < size; at += 65_536) {
    crypto.getRandomValues(bytes.subarray(at, Math.min(size, at + 65_536)));
  }
  Deno.writeFileSync(path, bytes);
  return path;
}

async function run(command: string, args: string[], cwd?: string): Promise<void> {
  const { success, stderr } = await new Deno.Command(command, { args, cwd }).output();
  assert(success, new TextDecoder().decode(stderr));
}

Deno.test("ffmpeg", { ignore: !has("ffmpeg") }, async () => {
  await withFolder(async (folder) => {
    const film = `${folder}/film.mp4`;
    const source = "testsrc=duration=30:size=640x480:rate=30";
    const quiet = ["-y", "-loglevel", "error"];
    await run("ffmpeg", [...quiet, "-f", "lavfi", "-i", source, "-preset", "ultrafast", film]);
    const convert = ["-y", "-i", film, "-preset", "slow", "-threads", "1", `${folder}/out.mp4`];
    await sharesOf("ffmpeg", ["ffmpeg", ...convert]);
    await sharesOf("ffmpeg", ["ffmpeg", "-nostats", "-progress", "pipe:1", ...convert]);
  });
});

Deno.test("rsync --info=progress2", { ignore: !has("rsync") }, async () => {
  await withFolder(async (folder) => {
    const source = fill(`${folder}/source`, 20_000_000);
    const args = ["--info=progress2", "--bwlimit=5000", source, `${folder}/copy`];
    await sharesOf("rsync", ["rsync", ...args]);
  });
});

Deno.test("curl", { ignore: !has("curl") }, async () => {
  await withFolder(async (folder) => {
    fill(`${folder}/file`);
    await withSlowServer(folder, async (url) => {
      await sharesOf("curl", ["curl", "-o", `${folder}/got`, `${url}/file`]);
      await sharesOf("curl", ["curl", "-#", "-o", `${folder}/got`, `${url}/file`]);
      // Its table has a new row each second.
    }, { pause: 350 });
  });
});

Deno.test("wget", { ignore: !has("wget") }, async () => {
  await withFolder(async (folder) => {
    fill(`${folder}/file`);
    await withSlowServer(folder, async (url) => {
      const get = ["-O", `${folder}/got`, `${url}/file`];
      await sharesOf("wget", ["wget", ...get]);
      await sharesOf("wget", ["wget", "--progress=bar:force", ...get]);
    });
  });
});

Deno.test("tqdm", { ignore: !succeeds(PYTHON, ["-c", "import tqdm"]) }, async () => {
  const script = "import tqdm, time\nfor i in tqdm.tqdm(range(30), desc='files'): time.sleep(0.03)";
  const result = await sharesOf("tqdm", [PYTHON, "-c", script]);
  assertEquals(ofKind(result, "message").at(-1)?.text, "files");
});

Deno.test("pv", { ignore: !has("pv") }, async () => {
  await withFolder(async (folder) => {
    const file = fill(`${folder}/file`, 8_000_000);
    const pv = (
      option: string,
    ) => ["sh", "-c", `pv ${option} -i 0.2 -L 6m "$1" >"$1.copy"`, "sh", file];
    await sharesOf("pv", pv("-f"));
    await sharesOf("pv", pv("-n"));
  });
});

const WHEEL = `
import os, sys, zipfile
with zipfile.ZipFile(sys.argv[1] + "/large-1.0-py3-none-any.whl", "w") as wheel:
    info = "large-1.0.dist-info/"
    wheel.writestr("large/data", os.urandom(${SIZE}))
    wheel.writestr(info + "METADATA", "Metadata-Version: 2.1\\nName: large\\nVersion: 1.0\\n")
    wheel.writestr(info + "WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
    wheel.writestr(info + "RECORD", "")
`;

Deno.test("pip", { ignore: !succeeds(PYTHON, ["-m", "pip", "--version"]) }, async () => {
  await withFolder(async (folder) => {
    await run(PYTHON, ["-c", WHEEL, folder]);
    await withSlowServer(folder, async (url) => {
      const pip = ["-m", "pip", "download", "--no-cache-dir", "--no-deps", "-d", `${folder}/got`];
      const wheel = `${url}/large-1.0-py3-none-any.whl`;
      await sharesOf("pip", ["env", "FORCE_COLOR=1", PYTHON, ...pip, wheel]);
    });
  });
});

Deno.test("apt-get", { ignore: !has("apt-get") || !has("dpkg-deb") }, async () => {
  await withFolder(async (folder) => {
    await makeRepository(folder);
    await withSlowServer(folder, async (url) => {
      for (const part of ["lists/partial", "cache/archives/partial", "empty"]) {
        Deno.mkdirSync(`${folder}/${part}`, { recursive: true });
      }
      Deno.writeTextFileSync(`${folder}/sources.list`, `deb [trusted=yes] ${url}/repository ./\n`);
      const options = [
        `Dir::Etc::sourcelist=${folder}/sources.list`,
        `Dir::Etc::sourceparts=${folder}/empty`,
        `Dir::State::lists=${folder}/lists`,
        `Dir::Cache=${folder}/cache`,
        "Acquire::http::Proxy=DIRECT",
        "APT::Sandbox::User=root",
      ].flatMap((option) => ["-o", option]);
      await run("apt-get", [...options, "update"]);
      const command = ["apt-get", ...options, "-o", "APT::Status-Fd=1", "download", "large"];
      await sharesOf("apt", ["sh", "-c", 'cd "$0" && exec "$@"', `${folder}/empty`, ...command]);
    });
  });
});

/** A repository of one package, as apt reads it. */
async function makeRepository(folder: string): Promise<void> {
  const [root, repository] = [`${folder}/package`, `${folder}/repository`];
  Deno.mkdirSync(`${root}/DEBIAN`, { recursive: true });
  Deno.mkdirSync(repository);
  fill(`${root}/data`);
  const control = [
    ...["Package: large", "Version: 1.0", "Architecture: all"],
    ...["Maintainer: nobody <nobody@localhost>", "Description: large", ""],
  ].join("\n");
  Deno.writeTextFileSync(`${root}/DEBIAN/control`, control);
  const file = `${repository}/large_1.0_all.deb`;
  await run("dpkg-deb", ["--root-owner-group", "-b", root, file]);
  const bytes = Deno.readFileSync(file);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  const hex = Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
  const index = `${control}Filename: ./large_1.0_all.deb\nSize: ${bytes.length}\nSHA256: ${hex}\n`;
  Deno.writeTextFileSync(`${repository}/Packages`, index);
}

Deno.test("--progress-pattern, by name and by expression", async () => {
  const script = "for p in 20 40 60; do printf '%s%%\\r' $p >&2; sleep 0.15; done";
  const shares = async (pattern: string, command: string) => {
    const args = ["run", "-n", "1", "--reporter", "jsonl", "--progress-pattern", pattern];
    const { stdout } = await runCli([...args, "--", "sh", "-c", command]);
    return stdout.trim().split("\n").map((line) => JSON.parse(line))
      .filter(({ kind }) => kind === "progress").map(({ share }) => share);
  };
  assertEquals(await shares("(?<percent>\\d+)%", script), [0.2, 0.4, 0.6]);
  assertEquals(await shares("pv", "echo 30; sleep 0.15; echo 80"), [0.3, 0.8]);
});

Deno.test("shares move the bars, and count no items as done", async () => {
  const script = "echo 50%; sleep 0.3; exit 1";
  const args = [
    "run",
    "-n",
    "4",
    "-w",
    "1",
    "--progress-pattern",
    "(?<percent>\\d+)%",
    "--retry-from",
  ];
  const { code, stdout } = await runCli([...args, "checkpoint", "--", "sh", "-c", script]);
  assertEquals(code, 1);
  assert(stdout.includes(" 0% 0/4"), stdout);
});
