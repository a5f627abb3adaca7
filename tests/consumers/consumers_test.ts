// Programs that use the package from outside of it: they see its public modules alone, and are checked more strictly.
import { assert, assertEquals } from "@std/assert";

const ROOT = new URL("../../", import.meta.url);

/** The programs of this folder, and what they print. */
const PROGRAMS: Readonly<Record<string, string | RegExp>> = {
  basic: /retries: 1, done: 100\n$/,
  own_reporter: [
    "SUCCESS: 1/10",
    "FAILED (exit): 1/10",
    "SUCCESS: 2/10",
    "closed",
    '1 request [ "1: exit" ]\n',
  ].join("\n"),
  own_protocol: "true 1\n",
  abort_and_handle: "abort 0 1\ncount 0\ntrue 3 false\n",
  journal_and_resume: '[ "b" ] 1\ntrue\ntrue 1 2\n2 4\n',
  own_launcher: "2 4 [ 3 ]\n",
  spans_from_events: '[ "range 0 SUCCESS 0", "range 1 FAILED 2", "range 1 FAILED 3" ]\ntrue 0\n',
};

/** Makes a folder of another program: with a config of its own, whose imports lead to the public modules of this package. */
async function makeFolder(): Promise<string> {
  const folder = await Deno.makeTempDir();
  const { name, exports, imports, links } = JSON.parse(
    await Deno.readTextFile(new URL("deno.json", ROOT)),
  );
  const own = Object.entries(exports).map(([path, file]) => [
    `${name}${path.slice(1)}`,
    new URL(file as string, ROOT).href,
  ]);
  const others = Object.entries(imports).filter(([key]) => !key.startsWith(name));
  const compilerOptions = {
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
  };
  const config = { imports: Object.fromEntries([...others, ...own]), links, compilerOptions };
  await Deno.writeTextFile(
    `${folder}/deno.json`,
    JSON.stringify({ ...config, vendor: true, lock: false }),
  );
  await Deno.symlink(new URL("vendor", ROOT), `${folder}/vendor`);
  for (const program of Object.keys(PROGRAMS)) {
    await Deno.copyFile(new URL(`${program}.ts`, import.meta.url), `${folder}/${program}.ts`);
  }
  return folder;
}

async function deno(folder: string, ...args: string[]) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args,
    cwd: folder,
    stdin: "null",
    env: { NO_COLOR: "1" },
  }).output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

Deno.test("programs outside of the package type-check strictly and run", async (t) => {
  const folder = await makeFolder();
  /** Returns the places of the faults that a check finds. */
  const check = async (...files: string[]) => {
    const { code, stderr } = await deno(folder, "check", "--quiet", ...files);
    const places = Array.from(stderr.matchAll(/^\s+at (file:\S+)/gm), ([, place]) => place!);
    assert(code === 0 || places.length > 0, stderr);
    return places;
  };
  await t.step("they type-check", async () => {
    const files = Object.keys(PROGRAMS).map((program) => `${program}.ts`);
    // What is told of the package itself, which has less strict options, a program that gets it from JSR is not told.
    const faults = (await check(...files)).filter((place) => !place.startsWith(ROOT.href));
    assertEquals(faults, []);
    await Deno.writeTextFile(
      `${folder}/wrong.ts`,
      'import { SubprocessExecutor } from "@lambdawaker/executor";\nnew SubprocessExecutor({ totalItems: "3" }, () => ["true"]);\n',
    );
    const wrong = await check("wrong.ts");
    assert(wrong.some((place) => place.includes("wrong.ts")), "a wrong program passed");
  });
  for (const [program, expected] of Object.entries(PROGRAMS)) {
    await t.step(program, async () => {
      const { code, stdout, stderr } = await deno(folder, "run", "-A", `${program}.ts`);
      assertEquals([code, stderr], [0, ""]);
      if (typeof expected === "string") assertEquals(stdout, expected);
      else assert(expected.test(stdout), stdout);
    });
  }
  await Deno.remove(folder, { recursive: true });
});

Deno.test("the first module has at most 45 names", async () => {
  const { stdout } = await deno(ROOT.pathname, "doc", "--json", "mod.ts");
  const { nodes }: { nodes: Record<string, { symbols: { name: string }[] }> } = JSON.parse(stdout);
  const [module] = Object.values(nodes);
  assert(module!.symbols.length <= 45, module!.symbols.map(({ name }) => name).join(" "));
});
