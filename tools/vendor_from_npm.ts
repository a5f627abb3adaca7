/**
 * Copies files of npm tarballs into `vendor/jsr.io/`, in the layout that Deno expects.
 *
 * @module
 */
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { type Entry, type Package, PACKAGES, type Tarball, TARBALLS } from "./sources.ts";

const IMPORT = /(\b(?:from|import)\s*\(?\s*["'])(\.[^"']+)\.js(["'])/g;
// The build for npm replaces Deno by a shim. Here, the real Deno is available.
const SHIM = "_dnt.shims.js";
const SHIM_CODE =
  "export const Deno = globalThis.Deno;\nexport const dntGlobalThis = globalThis;\n";

type Unpacked = Record<keyof typeof TARBALLS, string>;

/** Vendors all dependencies under `root`. Throws an `Error` of one sentence if npm does not deliver them. */
export async function vendorFromNpm(root: URL): Promise<void> {
  const vendor = fileURLToPath(new URL("vendor/", root));
  await Deno.mkdir(vendor, { recursive: true });
  const work = await Deno.makeTempDir({ dir: vendor, prefix: ".setup-" });
  try {
    const unpacked: Partial<Unpacked> = {};
    for (const [name, tarball] of Object.entries(TARBALLS)) {
      unpacked[name as keyof Unpacked] = await unpack(tarball, `${work}/${name}`);
    }
    for (const item of PACKAGES) await vendorPackage(item, unpacked as Unpacked, work);
    // Whole packages are moved last, so that an interrupted set-up never looks finished.
    for (const { name } of PACKAGES) {
      const target = `${vendor}/jsr.io/${name}`;
      await Deno.mkdir(dirname(target), { recursive: true });
      await Deno.remove(target, { recursive: true }).catch(() => {});
      await Deno.rename(`${work}/out/${name}`, target);
    }
  } finally {
    await Deno.remove(work, { recursive: true });
  }
}

async function unpack(tarball: Tarball, folder: string): Promise<string> {
  await Deno.mkdir(folder);
  await command("npm", ["pack", tarball.spec, "--silent", "--pack-destination", folder]);
  const file = `${folder}/${tarball.spec.replace("@", "-")}.tgz`;
  const digest = await crypto.subtle.digest("SHA-512", await Deno.readFile(file));
  if (new Uint8Array(digest).toBase64() !== tarball.sha512) {
    throw new Error(`the tarball of ${tarball.spec} does not have the digest it should have`);
  }
  await command("tar", ["-xzf", file, "-C", folder]);
  return folder;
}

async function command(name: string, args: string[]): Promise<void> {
  // npm is a script of cmd.exe on Windows.
  const [program, prefix] = Deno.build.os === "windows" ? ["cmd", ["/c", name]] : [name, []];
  const { success, stderr } = await output(program, [...prefix, ...args]).catch((cause) => {
    throw new Error(`${name} could not be started`, { cause });
  });
  if (!success) {
    const reason = new TextDecoder().decode(stderr).trim().split("\n").at(-1);
    throw new Error(`\`${name} ${args[0]} ${args[1]}\` failed${reason ? ` (${reason})` : ""}`);
  }
}

// Deno throws synchronously if a spawn fails; this function rejects instead.
async function output(program: string, args: string[]): Promise<Deno.CommandOutput> {
  return await new Deno.Command(program, { args, stdout: "null", stderr: "piped" }).output();
}

async function vendorPackage(item: Package, unpacked: Unpacked, work: string): Promise<void> {
  const base = `${work}/out/${item.name}`;
  const exports: Record<string, string> = {};
  for (const [path, entry] of Object.entries(item.exports)) {
    await copyClosure(entry, unpacked[entry.tarball], `${base}/${item.version}`);
    exports[path] = `./${entry.file}`;
  }
  await write(`${base}/${item.version}_meta.json`, JSON.stringify({ manifest: {}, exports }));
  await write(`${base}/meta.json`, JSON.stringify({ versions: { [item.version]: {} } }));
}

/** Copies a file and all files that it imports, each with its declaration. */
async function copyClosure(entry: Entry, unpacked: string, target: string): Promise<void> {
  const { code, types }: Tarball = TARBALLS[entry.tarball];
  const todo = [entry.file];
  const seen = new Set<string>();
  for (let file = todo.pop(); file !== undefined; file = todo.pop()) {
    if (seen.has(file)) continue;
    seen.add(file);
    let source = file === SHIM ? SHIM_CODE : await Deno.readTextFile(`${unpacked}/${code}/${file}`);
    todo.push(...imports(source, file));
    const declaration = file === entry.file && entry.declaration
      ? await Deno.readTextFile(new URL(`declarations/${entry.declaration}`, import.meta.url))
      : types && file !== SHIM
      ? await Deno.readTextFile(`${unpacked}/${types}/${file.replace(/\.js$/, ".d.ts")}`)
      : undefined;
    if (declaration !== undefined) {
      const name = declarationName(file);
      todo.push(...imports(declaration, file));
      const renamed = declaration.replaceAll(
        IMPORT,
        (_, before, path, after) => before + declarationName(`${path}.js`) + after,
      );
      await write(`${target}/${name}`, renamed);
      source = `/* @ts-self-types="./${name.split("/").at(-1)}" */\n${source}`;
    }
    await write(`${target}/${file}`, source);
  }
}

/** Returns the name of a declaration, shortened: Deno hashes names of more than 30 characters. */
function declarationName(file: string): string {
  return file.replace(/([^/]{1,24})[^/]*\.js$/, "$1.d.ts");
}

function imports(source: string, file: string): string[] {
  return Array.from(
    source.matchAll(IMPORT),
    ([, , path]) => new URL(`${path}.js`, `file:///${file}`).pathname.slice(1),
  );
}

async function write(path: string, text: string): Promise<void> {
  await Deno.mkdir(dirname(path), { recursive: true });
  await Deno.writeTextFile(path, text);
}
