/**
 * Bundle of the program, in files that load fast: what each run needs is one file, and everything else is loaded when it is
 * used. (Row start of bench/.)
 *
 * `deno bundle` splits the program into chunks. Deno would load all of them at each start, as it follows every import that it
 * can read. So the imports that wait for their use are written in a way that it cannot read. The chunks that are used at each
 * start are bundled again, into one file. The other chunks import what they share with it from there; those that are imported
 * when they are used have small files in their place. What the main file imports in place of the program, such as the worker of
 * the demo, is a file for itself: Deno's cache of compiled code would otherwise change with the options of V8 that each has.
 *
 * @module
 */

/** What is to be bundled. */
export interface BundleOptions {
  /** The main file of the program. */
  readonly main: string;
  /** The configuration file of the program. */
  readonly config: string;
  /** An empty folder for temporary files. The caller removes it. */
  readonly work: string;
  /** Stops the bundler. */
  readonly signal: AbortSignal;
}

/** The text of each file, by its name. All files lie in one folder. */
export type Bundle = Map<string, string>;

/** The name of the file that is run. */
export const ENTRY = "executor.js";
/** The name of the file that has what each run needs. */
export const PROGRAM = "program.js";

/** An import or export of another chunk that runs before the chunk itself. */
const STATIC_IMPORT = /^(?:import|export)\b[^;"]*?"\.\/([^"]+)"/gm;
/** An import of another chunk, with the names that it takes. */
const IMPORT = /^import (?:\{([^}]*)\} from )?"\.\/([^"]+)";$/gm;
/** An import that waits until it is used. */
const LAZY_IMPORT = /\bimport\("(\.\/[^"]+|node:[^"]+)"\)/g;
/** The names that a chunk exports. */
const EXPORTS = /^export \{\n([^}]*)\};$/m;

/**
 * Bundles a program. Returns undefined if Deno cannot bundle: it may not reach the registry that has its bundler. Throws the
 * reason of `signal` when that is aborted.
 */
export async function bundleProgram(
  { main, config, work, signal }: BundleOptions,
): Promise<Bundle | undefined> {
  const split = `${work}/split`;
  const options = ["--config", config, "--code-splitting", "--outdir", split, main];
  if (!await denoBundle(main.replace(/[^/]*$/, ""), options, signal)) return undefined;
  const chunks = await readChunks(split);
  const name = main.replace(/^.*\/|\.ts$/g, "");
  const entry = chunks.get(`${name}.js`);
  if (entry === undefined) throw new Error(`deno bundle has made no ${name}.js`);
  chunks.delete(`${name}.js`);
  const imported = importsOf(entry, LAZY_IMPORT);
  const first = imported.filter((chunk) => isAlwaysUsed(entry, chunk));
  const used = closure(first, chunks);
  const alone: Bundle = new Map();
  for (const chunk of imported.filter((chunk) => !first.includes(chunk))) {
    const output = `${work}/alone.js`;
    const options = ["--no-config", "--output", output, chunk];
    if (!await denoBundle(split, options, signal)) return undefined;
    alone.set(chunk, await Deno.readTextFile(output));
  }
  for (const chunk of used) {
    await Deno.writeTextFile(`${work}/${chunk}`, hide(chunks.get(chunk)!));
  }
  const all = used.map((chunk) => reexport(chunk, chunks)).join("");
  await Deno.writeTextFile(`${work}/all.js`, all);
  const program = `${work}/${PROGRAM}`;
  const merge = ["--no-config", "--output", program, "all.js"];
  if (!await denoBundle(work, merge, signal)) return undefined;
  const bundle: Bundle = new Map();
  for (const [chunk, text] of chunks) {
    const isUsed = used.includes(chunk);
    bundle.set(chunk, isUsed ? forward(chunk, chunks) : hide(join(text, { used, chunks })));
  }
  for (const [chunk, text] of alone) bundle.set(chunk, text);
  bundle.set(PROGRAM, escape(await Deno.readTextFile(program)));
  return bundle.set(ENTRY, redirect(entry, first));
}

/** The names of the files, as seen from `cwd`, are in comments of the bundle. */
async function denoBundle(
  cwd: string,
  args: readonly string[],
  signal: AbortSignal,
): Promise<boolean> {
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: ["bundle", "--quiet", ...args],
    cwd,
    signal,
    stdout: "null",
    stderr: "null",
  }).output();
  signal.throwIfAborted();
  return success;
}

/** Escapes what is not ASCII, which the bundler leaves in regular expressions only: V8 would store the whole text in twice the memory. */
function escape(text: string): string {
  // deno-lint-ignore no-control-regex -- all of ASCII
  return text.replace(/[^\x00-\x7f]/g, (unit) => `\\u${hex(unit.charCodeAt(0))}`);
}

function hex(unit: number): string {
  return unit.toString(16).padStart(4, "0");
}

async function readChunks(folder: string): Promise<Map<string, string>> {
  const chunks = new Map<string, string>();
  for await (const { name } of Deno.readDir(folder)) {
    chunks.set(name, await Deno.readTextFile(`${folder}/${name}`));
  }
  return chunks;
}

function importsOf(text: string, pattern: RegExp): string[] {
  const names = Array.from(text.matchAll(pattern), ([, name]) => name!.replace(/^\.\//, ""));
  return [...new Set(names)];
}

/** Returns whether the main file imports a chunk on every way: not in a block within its own block. */
function isAlwaysUsed(entry: string, chunk: string): boolean {
  return new RegExp(`^ {0,2}\\S.*import\\("\\./${chunk.replaceAll(".", "\\.")}"\\)`, "m").test(
    entry,
  );
}

/** Returns these chunks, and all that they import before they run. */
function closure(names: readonly string[], chunks: ReadonlyMap<string, string>): string[] {
  const found = new Set(names);
  for (const name of found) {
    for (const next of importsOf(chunks.get(name)!, STATIC_IMPORT)) found.add(next);
  }
  return [...found];
}

/** Hides imports that wait for their use from Deno, which would load their files at the start. */
function hide(text: string): string {
  return text.replace(LAZY_IMPORT, (_, path: string) => `import("${path}".trim())`);
}

/**
 * Makes the main file import the program instead of its chunks. Its other imports stay as they are: the workers of the demo
 * may not read files, and Deno permits only imports that it can read at the start.
 */
function redirect(entry: string, first: readonly string[]): string {
  return entry.replace(LAZY_IMPORT, (text, path: string) => {
    return first.includes(path.replace(/^\.\//, "")) ? `import("./${PROGRAM}")` : text;
  });
}

/** Returns the exports of a chunk: the name of each, and the one under which the program has it. */
function namesOf(chunk: string, chunks: ReadonlyMap<string, string>): [string, string][] {
  const list = EXPORTS.exec(chunks.get(chunk)!)?.[1] ?? "";
  const names = list.split(",").map((name) => name.trim().split(" as ").at(-1)!);
  // Names are unique in a chunk only. The main file uses those of its own chunks as they are.
  const suffix = chunk.startsWith("chunk-") ? `$${chunk.replace(/\W|js$/g, "_")}` : "";
  return names.filter((name) => name !== "").map((name) => [name, `${name}${suffix}`]);
}

/** Makes a chunk import names from the program in place of the chunks that it was made of. */
function join(
  text: string,
  { used, chunks }: { used: readonly string[]; chunks: ReadonlyMap<string, string> },
): string {
  return text.replace(IMPORT, (statement, names: string | undefined, chunk: string) => {
    if (!used.includes(chunk)) return statement;
    // The program was run before.
    if (names === undefined) return "";
    const unique = new Map(namesOf(chunk, chunks));
    const list = names.split(",").map((name) => name.trim()).filter((name) => name !== "");
    const imports = list.map((name) => {
      const [outer = "", inner = outer] = name.split(" as ");
      return `${unique.get(outer)} as ${inner}`;
    });
    return `import { ${imports.join(", ")} } from "./${PROGRAM}";`;
  });
}

function reexport(chunk: string, chunks: ReadonlyMap<string, string>): string {
  const names = namesOf(chunk, chunks).map(([name, unique]) => `${name} as ${unique}`);
  if (names.length === 0) return `import "./${chunk}";\n`;
  return `export { ${names.join(", ")} } from "./${chunk}";\n`;
}

function forward(chunk: string, chunks: ReadonlyMap<string, string>): string {
  const names = namesOf(chunk, chunks).map(([name, unique]) => `${unique} as ${name}`);
  return `export { ${names.join(", ")} } from "./${PROGRAM}";\n`;
}
