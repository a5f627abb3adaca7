/**
 * Installs the command `executor` from this clone, or removes it again: a script on the `PATH` that starts `cli.ts`.
 *
 * Usage: `deno task install [--prefix DIR]` and `deno task uninstall [--prefix DIR]`. The script is `DIR/bin/executor`; its
 * manual page is `DIR/share/man/man1/executor.1`.
 *
 * @module
 */
import { parseArgs } from "@std/cli/parse-args";

const ROOT = new URL("..", import.meta.url);
/** A line by which a script that this program wrote is known. */
const MARK = "# Starts executor from a clone. Written by `deno task install`.";

/** Thrown for what a person can mend; it is shown as one sentence. */
class InstallError extends Error {}

interface Target {
  readonly folder: string;
  readonly script: string;
  readonly manual: string;
}

function targetOf(prefix: string | undefined): Target {
  const base = prefix ?? defaultPrefix();
  const root = resolve(base);
  const folder = `${root}/bin`;
  return {
    folder,
    script: `${folder}/executor`,
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

/** Returns the script. It takes the Deno that installed it, else the one on the `PATH`, else the one that npm has. */
function scriptText(): string {
  const [deno, main, config] = [Deno.execPath(), pathOf("cli.ts"), pathOf("deno.json")].map(quote);
  return `#!/bin/sh
${MARK}
deno=${deno}
main=${main}
if [ ! -f "$main" ]; then
  echo "executor: the clone that it was installed from is gone: $main" >&2
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
exec "$deno" run -A --config ${config} "$main" "$@"
`;
}

/** Quotes a word for a shell. */
function quote(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}

async function isOurs(script: string): Promise<boolean> {
  return (await Deno.readTextFile(script)).split("\n", 2)[1] === MARK;
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

async function refuseForeign(script: string): Promise<void> {
  if (await exists(script) && !await isOurs(script)) {
    throw new InstallError(`${script} is another program: remove it, or give another --prefix`);
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
    await Deno.mkdir(manual.replace(/\/[^/]*$/, ""), { recursive: true });
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

async function install({ folder, script, manual }: Target): Promise<string> {
  await refuseForeign(script);
  await Deno.mkdir(folder, { recursive: true });
  // Whoever runs the script at this moment keeps the old one.
  const draft = `${script}.${Deno.pid}`;
  await Deno.writeTextFile(draft, scriptText(), { mode: 0o755 });
  await Deno.chmod(draft, 0o755);
  await Deno.rename(draft, script);
  const page = await installManual(manual);
  const isOnPath = Deno.env.get("PATH")?.split(":").includes(folder);
  return isOnPath
    ? `Installed ${script}. Try: executor demo\n${page}`
    : `Installed ${script}. Its directory is not on the PATH; this adds it:\n  export PATH="${folder}:$PATH"\n${page}`;
}

async function uninstall({ script, manual }: Target): Promise<string> {
  if (!await exists(script)) throw new InstallError(`${script} is not there`);
  await refuseForeign(script);
  await Deno.remove(script);
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
