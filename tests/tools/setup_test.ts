// The set-up with JSR, without JSR, and without any registry.
import { assert, assertEquals, assertMatch } from "@std/assert";
import { needs, testWith } from "../helpers/needs.ts";

const ROOT = new URL("../..", import.meta.url).pathname;
const NOWHERE = "http://127.0.0.1:1/";

/** Calls a function with a copy of the project that has no dependencies yet. */
async function withBareCopy(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    for (const name of ["deno.json", "mod.ts", "cli.ts", "mock_task.ts", "src", "tools"]) {
      await new Deno.Command("cp", { args: ["-r", `${ROOT}/${name}`, folder] }).output();
    }
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function deno(args: string[], cwd: string, env: Record<string, string> = {}) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args,
    cwd,
    env: { XDG_STATE_HOME: "/dev/null", ...env },
  })
    .output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

Deno.test("vendor/ is a folder of this checkout, not a link into another one", () => {
  assert(Deno.lstatSync(`${ROOT}/vendor`).isDirectory);
});

testWith("git passes no vendor/ on, nor a link in its place", needs("git"), async () => {
  const folder = await Deno.makeTempDir();
  try {
    const git = (...args: string[]) => new Deno.Command("git", { args, cwd: folder }).output();
    await git("init", "--quiet");
    await Deno.copyFile(`${ROOT}/.gitignore`, `${folder}/.gitignore`);
    await Deno.symlink("/nowhere", `${folder}/vendor`);
    await git("add", "--all");
    const tracked = new TextDecoder().decode((await git("ls-files")).stdout);
    assertEquals(tracked, ".gitignore\n");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("set-up without JSR takes the dependencies from npm, and Deno then needs no flag", async () => {
  await withBareCopy(async (folder) => {
    const { code, stderr } = await deno(["run", "-A", "tools/setup.ts"], folder, {
      JSR_URL: NOWHERE,
    });
    assertEquals([code, stderr], [0, ""]);
    const cli = await deno(["run", "-A", "cli.ts", "run", "-n", "2", "--", "true"], folder);
    assertEquals(cli.code, 0, cli.stderr);
    const check = await deno(
      ["check", "mod.ts", "cli.ts", "mock_task.ts", "src/worker.ts"],
      folder,
    );
    assertEquals(check.code, 0, check.stderr);
    assert(!check.stderr.includes("Download"), "something was looked for elsewhere");
    const left = Array.from(Deno.readDirSync(`${folder}/vendor`), ({ name }) => name);
    assertEquals(left, ["jsr.io"]);
  });
});

Deno.test("set-up with neither JSR nor npm fails with one sentence", async () => {
  await withBareCopy(async (folder) => {
    const { code, stdout, stderr } = await deno(["run", "-A", "tools/setup.ts"], folder, {
      JSR_URL: NOWHERE,
      npm_config_registry: NOWHERE,
      npm_config_fetch_retries: "0",
    });
    assertMatch(stderr, /^Cannot set up as neither JSR nor npm gave the dependencies: [^\n]+\n$/);
    assertEquals([code, stdout], [1, ""]);
  });
});

Deno.test("set-up without npm fails with one sentence", async () => {
  await withBareCopy(async (folder) => {
    const { code, stderr } = await deno(["run", "-A", "tools/setup.ts"], folder, {
      JSR_URL: NOWHERE,
      PATH: "/nowhere",
    });
    assertMatch(
      stderr,
      /^Cannot set up as neither JSR nor npm gave the dependencies: npm could not be started\n$/,
    );
    assertEquals(code, 1);
  });
});

/** Returns the manifest of a package: Deno refuses files that it does not list. */
async function manifestOf(folder: string): Promise<Record<string, unknown>> {
  const manifest: Record<string, unknown> = {};
  const visit = async (path: string) => {
    for (const { name, isDirectory } of Deno.readDirSync(folder + path)) {
      if (isDirectory) await visit(`${path}/${name}`);
      else {
        const bytes = Deno.readFileSync(`${folder}${path}/${name}`);
        const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
        manifest[`${path}/${name}`] = { size: bytes.length, checksum: `sha256-${digest}` };
      }
    }
  };
  await visit("");
  return manifest;
}

/** Answers as JSR does, with the files of vendor/. */
async function answerAsJsr(pathname: string): Promise<Response> {
  const file = `${ROOT}/vendor/jsr.io${pathname}`;
  try {
    if (!pathname.endsWith("_meta.json")) return new Response(await Deno.readFile(file));
    const meta = JSON.parse(await Deno.readTextFile(file));
    return Response.json({ ...meta, manifest: await manifestOf(file.replace("_meta.json", "")) });
  } catch {
    return new Response(null, { status: 404 });
  }
}

Deno.test("set-up takes the dependencies from JSR if it answers", async () => {
  await withBareCopy(async (folder) => {
    await using server = Deno.serve(
      { port: 0, hostname: "127.0.0.1", onListen() {} },
      (request) => answerAsJsr(new URL(request.url).pathname),
    );
    const { code, stderr } = await deno(["run", "-A", "tools/setup.ts"], folder, {
      JSR_URL: `http://127.0.0.1:${server.addr.port}/`,
      npm_config_registry: NOWHERE,
      npm_config_fetch_retries: "0",
      DENO_DIR: `${folder}/.deno`,
    });
    assertEquals([code, stderr], [0, ""]);
    const [registry] = Array.from(Deno.readDirSync(`${folder}/vendor`), ({ name }) => name);
    const packages = Array.from(
      Deno.readDirSync(`${folder}/vendor/${registry}`),
      ({ name }) => name,
    );
    assertEquals(packages.sort(), ["@cliffy", "@std"]);
  });
});

Deno.test("a second set-up only checks that vendor/ is complete", async () => {
  const { code, stderr } = await deno(
    ["run", "--no-prompt", "--allow-read", "tools/setup.ts"],
    ROOT,
  );
  assertEquals([code, stderr], [0, ""]);
});
