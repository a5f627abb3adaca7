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
import { bundleProgram, ENTRY, PROGRAM } from "./bundle.ts";
import {
  type Draft,
  removeBundle,
  removeOldParts,
  usedParts,
  writeDraft,
} from "./bundle_folder.ts";
import { dirname, exists, Undo } from "./undo.ts";
import { V8_OPTIONS } from "./v8_options.ts";

const ROOT = new URL("..", import.meta.url);
/** By this text in the second line of a file, it is known that this program wrote it. */
const MARK = "Starts executor. Written by `deno task install`.";

/** Thrown for what a person can mend; it is shown as one sentence. */
class InstallError extends Error {}

/** Thrown when a signal ends the program. */
class Interrupted extends Error {
  constructor(readonly code: number, signal: Deno.Signal) {
    super(`it was stopped by ${signal}, and nothing was changed`);
  }
}

interface Target {
  /** The directory as the person gave it. */
  readonly prefix: string;
  /** The whole path of that. */
  readonly root: string;
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
    prefix: base,
    root,
    folder,
    script: `${folder}/executor`,
    program: `${root}/lib/executor/${ENTRY}`,
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

/** The file that Deno runs, a file that it imports at each start, and the options it needs for that. */
interface Program {
  readonly main: string;
  readonly part: string;
  readonly options: readonly string[];
}

/** The clone itself. */
const CLONE: Program = {
  main: pathOf("cli.ts"),
  part: pathOf("src/cli/main.ts"),
  options: ["--config", pathOf("deno.json")],
};

/**
 * Returns the script, which starts a program. It takes the Deno that installed it, else the one on the `PATH`, else the one
 * that npm has.
 */
function scriptText({ main, part, options }: Program): string {
  return `#!/bin/sh
# ${MARK}
deno=${quote(Deno.execPath())}
main=${quote(main)}
for file in "$main" ${quote(part)}; do
  if [ ! -f "$file" ]; then
    echo "executor: a file of the program is gone, so install it again with \\\`deno task install\\\`: $file" >&2
    exit 1
  fi
done
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
  // A link may lead nowhere.
  const info = await Deno.stat(file).catch(() => undefined);
  if (!info?.isFile) return false;
  return (await Deno.readTextFile(file)).split("\n", 2)[1]?.endsWith(MARK) ?? false;
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

/** Returns the manual page; undefined if it cannot be made. */
async function makeManual(signal: AbortSignal): Promise<Uint8Array | undefined> {
  const { success, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", ...CLONE.options, CLONE.main, "man"],
    signal,
    stderr: "null",
  }).output();
  signal.throwIfAborted();
  return success ? stdout : undefined;
}

/** Writes the manual page. Returns a sentence about it; without the page, the command works nevertheless. */
async function installManual(manual: string, page: Uint8Array | undefined): Promise<string> {
  try {
    if (page === undefined) return "Its manual page cannot be made.";
    if (await isForeignManual(manual)) return `There is another manual page already: ${manual}`;
    await Deno.mkdir(dirname(manual), { recursive: true });
    await Deno.writeFile(manual, page);
    return "Its manual page: man executor";
  } catch (error) {
    return `Its manual page cannot be written: ${(error as Error).message}`;
  }
}

/** Removes the manual page. Returns whether it was there. */
async function removeManual(manual: string): Promise<boolean> {
  if (!await exists(manual) || await isForeignManual(manual)) return false;
  await Deno.remove(manual);
  return true;
}

function pathOf(name: string): string {
  return decodeURIComponent(new URL(name, ROOT).pathname);
}

/**
 * Installs the command. All files are written before one of them is put into its place. Until then, `undo` removes what was
 * written.
 */
async function install(target: Target, undo: Undo, signal: AbortSignal): Promise<string> {
  const { folder, script, program, manual } = target;
  await refuseForeign(target);
  await undo.makeFolder(folder);
  const work = await Deno.makeTempDir();
  undo.add(work);
  const config = pathOf("deno.json");
  const files = await bundleProgram({ main: CLONE.main, config, work, signal });
  await Deno.remove(work, { recursive: true });
  const page = await makeManual(signal);
  const home = dirname(program);
  const bundle = files && await writeDraft(home, files, { mark: MARK, undo });
  const draft = `${script}.${Deno.pid}`;
  undo.add(draft);
  await Deno.writeTextFile(draft, scriptText(bundle ? installed(program, bundle) : CLONE));
  await Deno.chmod(draft, 0o755);
  signal.throwIfAborted();
  const replaced = await usedParts(home);
  if (bundle) {
    // A program that replaces another one stays, as the script of the other one works with it.
    if (replaced !== undefined) undo.clear();
    undo.add(replaced === undefined ? program : draft);
    await Deno.rename(bundle.main, program);
  }
  await Deno.rename(draft, script);
  undo.clear();
  if (!bundle && await exists(program)) await Deno.remove(program);
  if (await exists(home)) await removeOldParts(home, { current: bundle?.parts, replaced });
  const lines = [
    Deno.env.get("PATH")?.split(":").includes(folder)
      ? `Installed ${script}. Try: executor demo`
      : `Installed ${script}. Its directory is not on the PATH; this adds it:\n  export PATH=${
        quote(folder)
      }:"$PATH"`,
  ];
  if (!bundle) {
    lines.push("Deno could not bundle the program: keep the clone, which the command runs from.");
  }
  lines.push(await installManual(manual, page));
  return lines.join("\n");
}

function installed(program: string, { parts }: Draft): Program {
  const part = `${dirname(program)}/${parts}/${PROGRAM}`;
  return { main: program, part, options: ["--no-config", V8_OPTIONS] };
}

/** Installs the command, or leaves nothing behind. */
async function installOrUndo(target: Target): Promise<string> {
  const undo = new Undo();
  const abort = new AbortController();
  for (const [signal, code] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
    Deno.addSignalListener(signal, () => abort.abort(new Interrupted(code, signal)));
  }
  try {
    return await install(target, undo, abort.signal);
  } catch (error) {
    await undo.run();
    const isOfSystem = error instanceof Error && !(error instanceof InstallError) &&
      "code" in error && error.message.includes(target.root);
    if (!isOfSystem) throw error;
    throw new InstallError(
      `--prefix must be a directory that can be written: ` +
        `current value is ${JSON.stringify(target.prefix)} (${error.message})`,
    );
  }
}

/** Removes all that is ours, also what an interrupted install has left. The script is the last, so that this can be repeated. */
async function uninstall(target: Target): Promise<string> {
  const { folder, script, program, manual } = target;
  const hasBundle = await removeBundle(dirname(program), isOurs);
  const hasManual = await removeManual(manual);
  const names = await exists(folder) ? Array.from(Deno.readDirSync(folder), (e) => e.name) : [];
  const scripts = names.filter((name) => /^executor(\.\d+)?$/.test(name)).sort().reverse();
  let hasScript = false;
  for (const name of scripts) {
    if (!await isOurs(`${folder}/${name}`)) continue;
    await Deno.remove(`${folder}/${name}`);
    hasScript = true;
  }
  if (!hasBundle && !hasManual && !hasScript) {
    await refuseForeign(target);
    throw new InstallError(`${script} is not there`);
  }
  return names.includes("executor") && hasScript
    ? `Removed ${script}`
    : `Removed what was left of ${script}`;
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
    console.log(action === "remove" ? await uninstall(target) : await installOrUndo(target));
    return 0;
  } catch (error) {
    const { message } = error as Error;
    console.error(`Cannot ${words[0] === "remove" ? "uninstall" : "install"}: ${message}`);
    if (error instanceof Interrupted) return error.code;
    return error instanceof InstallError ? 2 : 1;
  }
}

Deno.exit(await main());
