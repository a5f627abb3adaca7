/**
 * Installs the command `executor` from this clone, or removes it again.
 *
 * Usage: `deno task install [--prefix DIR]` and `deno task uninstall [--prefix DIR]`. The command is a script on the `PATH`,
 * `DIR/bin/executor`. It starts a bundle of the program, `DIR/lib/executor/executor.js`, which takes less time than the
 * hundreds of modules of the clone. (Row start of bench/.) The parts of the bundle are in a folder beside it, whose name changes
 * with them: whoever runs the old program at this moment keeps it. The manual page is `DIR/share/man/man1/executor.1`.
 *
 * @module
 */
import { parseArgs } from "@std/cli/parse-args";
import { type Bundle, bundleProgram, ENTRY } from "./bundle.ts";

const ROOT = new URL("..", import.meta.url);
/** By this text in the second line of a file, it is known that this program wrote it. */
const MARK = "Starts executor. Written by `deno task install`.";

/** Thrown for what a person can mend; it is shown as one sentence. */
class InstallError extends Error {}

interface Target {
  readonly folder: string;
  readonly script: string;
  readonly program: string;
  readonly manual: string;
}

function targetOf(prefix: string | undefined): Target {
  const base = prefix ?? defaultPrefix();
  const root = resolve(base);
  const folder = `${root}/bin`;
  return {
    folder,
    script: `${folder}/executor`,
    program: `${root}/lib/executor/executor.js`,
    manual: `${root}/share/man/man1/executor.1`,
  };
}

/** The place for programs of one user. */
function defaultPrefix(): string {
  const home = Deno.env.get("HOME");
  if (!home) throw new InstallError("HOME is not set: give the directory as --prefix DIR");
  return `${home}/.local`;
}

function resolve(path: string): string {
  const base = path.startsWith("/") ? "" : `${Deno.env.get("INIT_CWD") ?? Deno.cwd()}/`;
  return `${base}${path}`.replace(/(?<=.)\/+$/, "");
}

/** The file that Deno runs, and the options it needs for that. */
interface Program {
  readonly main: string;
  readonly options: readonly string[];
}

/** The clone itself. */
const CLONE: Program = { main: pathOf("cli.ts"), options: ["--config", pathOf("deno.json")] };

/**
 * Returns the script, which starts a program. It takes the Deno that installed it, else the one on the `PATH`, else the one
 * that npm has.
 */
function scriptText({ main, options }: Program): string {
  return `#!/bin/sh
# ${MARK}
deno=${quote(Deno.execPath())}
main=${quote(main)}
if [ ! -f "$main" ]; then
  echo "executor: the program that was installed is gone: $main" >&2
  exit 1
fi
if [ ! -x "$deno" ]; then
  deno=$(command -v deno) ||
    deno=$(npx -y deno@2 eval 'console.log(Deno.execPath())') || {
    echo "executor: it needs Deno, or Node with npm" >&2
    exit 1
  }
fi
# Deno raises this limit for itself; workers get it back.
EXECUTOR_FILE_LIMIT=$(ulimit -Sn)
export EXECUTOR_FILE_LIMIT
exec "$deno" run -A ${options.map(quote).join(" ")} "$main" "$@"
`;
}

/** Quotes a word for a shell. */
function quote(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}

async function isOurs(file: string): Promise<boolean> {
  return (await Deno.readTextFile(file)).split("\n", 2)[1]?.endsWith(MARK) ?? false;
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

async function refuseForeign({ script, program }: Target): Promise<void> {
  for (const file of [script, program]) {
    if (await exists(file) && !await isOurs(file)) {
      throw new InstallError(`${file} is another program: remove it, or give another --prefix`);
    }
  }
}

/** The beginning of a manual page that this program wrote. */
const MANUAL_MARK = '.TH EXECUTOR 1 "" "executor ';

async function isForeignManual(manual: string): Promise<boolean> {
  return await exists(manual) && !(await Deno.readTextFile(manual)).startsWith(MANUAL_MARK);
}

/** Writes the manual page. Returns a sentence about it; without the page, the command works nevertheless. */
async function installManual(manual: string): Promise<string> {
  try {
    if (await isForeignManual(manual)) return `There is another manual page already: ${manual}`;
    const { success, stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--config", pathOf("deno.json"), pathOf("cli.ts"), "man"],
    }).output();
    if (!success) return "Its manual page cannot be made.";
    await Deno.mkdir(dirname(manual), { recursive: true });
    await Deno.writeFile(manual, stdout);
    return "Its manual page: man executor";
  } catch (error) {
    return `Its manual page cannot be written: ${(error as Error).message}`;
  }
}

async function removeManual(manual: string): Promise<void> {
  if (await exists(manual) && !await isForeignManual(manual)) await Deno.remove(manual);
}

function pathOf(name: string): string {
  return decodeURIComponent(new URL(name, ROOT).pathname);
}

/** The names of the folders with the parts of a program. */
const PARTS = /^parts-[0-9a-f]{16}$/;
/** The parts of an older program are kept for this long, in milliseconds, as a run may still load some of them. */
const KEPT_MS = 30 * 24 * 3_600_000;

/** Bundles the program into a file and a folder. Returns false if Deno cannot bundle. */
async function bundle(program: string): Promise<boolean> {
  const files = await bundleProgram({ main: CLONE.main, config: pathOf("deno.json") });
  if (files === undefined) return false;
  const folder = dirname(program);
  await Deno.mkdir(folder, { recursive: true });
  const parts = await writeParts(folder, files);
  const entry = files.get(ENTRY)!.replaceAll('import("./', `import("./${parts}/`);
  const draft = `${program}.${Deno.pid}.js`;
  await Deno.writeTextFile(draft, `//\n// ${MARK}\n${entry}`);
  await Deno.rename(draft, program);
  for (const name of partsIn(folder)) {
    const { mtime } = await Deno.stat(`${folder}/${name}`);
    const isOld = mtime !== null && Date.now() - mtime.getTime() > KEPT_MS;
    if (name !== parts && isOld) await Deno.remove(`${folder}/${name}`, { recursive: true });
  }
  return true;
}

/** Writes the parts of a program into a folder of their own, unless they are there. Returns its name. */
async function writeParts(folder: string, files: Bundle): Promise<string> {
  const text = Array.from(files).sort().flat().join("\0");
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  const name = `parts-${new Uint8Array(digest).toHex().slice(0, 16)}`;
  if (await exists(`${folder}/${name}`)) return name;
  const draft = `${folder}/${name}.${Deno.pid}`;
  await Deno.mkdir(draft);
  for (const [file, text] of files) {
    if (file !== ENTRY) await Deno.writeTextFile(`${draft}/${file}`, text);
  }
  await Deno.rename(draft, `${folder}/${name}`);
  return name;
}

function partsIn(folder: string): string[] {
  return Array.from(Deno.readDirSync(folder), ({ name }) => name).filter((name) =>
    PARTS.test(name)
  );
}

/** Removes the bundle, and its directory unless something else is in there. */
async function removeBundle(program: string): Promise<void> {
  if (await exists(program)) await Deno.remove(program);
  const folder = dirname(program);
  if (!await exists(folder)) return;
  for (const name of partsIn(folder)) await Deno.remove(`${folder}/${name}`, { recursive: true });
  if (Deno.readDirSync(folder)[Symbol.iterator]().next().done) await Deno.remove(folder);
}

function dirname(path: string): string {
  return path.replace(/\/[^/]*$/, "");
}

async function install(target: Target): Promise<string> {
  const { folder, script, manual } = target;
  await refuseForeign(target);
  await Deno.mkdir(folder, { recursive: true });
  const isBundled = await bundle(target.program);
  if (!isBundled) await removeBundle(target.program);
  const program = isBundled ? { main: target.program, options: ["--no-config"] } : CLONE;
  const draft = `${script}.${Deno.pid}`;
  await Deno.writeTextFile(draft, scriptText(program), { mode: 0o755 });
  await Deno.chmod(draft, 0o755);
  await Deno.rename(draft, script);
  const page = await installManual(manual);
  const lines = [
    Deno.env.get("PATH")?.split(":").includes(folder)
      ? `Installed ${script}. Try: executor demo`
      : `Installed ${script}. Its directory is not on the PATH; this adds it:\n  export PATH="${folder}:$PATH"`,
  ];
  if (!isBundled) {
    lines.push("Deno could not bundle the program: keep the clone, which the command runs from.");
  }
  lines.push(page);
  return lines.join("\n");
}

async function uninstall(target: Target): Promise<string> {
  const { script, program, manual } = target;
  if (!await exists(script)) throw new InstallError(`${script} is not there`);
  await refuseForeign(target);
  await Deno.remove(script);
  await removeBundle(program);
  await removeManual(manual);
  return `Removed ${script}`;
}

async function main(): Promise<number> {
  const unknown: string[] = [];
  const { prefix, _: words } = parseArgs(Deno.args, {
    string: ["prefix"],
    unknown: (word, key) => {
      if (key !== undefined) unknown.push(word);
      return true;
    },
  });
  try {
    const [action, ...rest] = words.map(String);
    if (prefix === "") {
      throw new InstallError('--prefix must be a directory: current value is ""');
    }
    const wrong = unknown[0] ?? rest[0];
    if (wrong !== undefined) {
      throw new InstallError(`only --prefix DIR can be given: current value is "${wrong}"`);
    }
    if (Deno.build.os === "windows") {
      throw new InstallError(
        "on Windows, use: deno install -gA -n executor --config deno.json cli.ts",
      );
    }
    const target = targetOf(prefix);
    console.log(action === "remove" ? await uninstall(target) : await install(target));
    return 0;
  } catch (error) {
    const { message } = error as Error;
    console.error(`Cannot ${words[0] === "remove" ? "uninstall" : "install"}: ${message}`);
    return error instanceof InstallError ? 2 : 1;
  }
}

Deno.exit(await main());
