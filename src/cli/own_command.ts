/**
 * Command with which a person can start this program again, as it was started.
 *
 * @module
 */
import { readEnv } from "../base/env.ts";
import { currentDirectory } from "../base/paths.ts";
import { findProgram, ownProgram } from "../base/programs.ts";
import { quote } from "../base/shell.ts";

/** The name under which the command is installed. */
const NAME = "executor";
/** Scripts that install it are shorter. */
const MAX_SCRIPT_BYTES = 4_096;
/** A part of the path of programs that npx has fetched. */
const NPX_CACHE = "/_npx/";

/** How this program was started; what is left out is asked of Deno. */
export interface Invocation {
  /** The main module, a URL. */
  readonly main?: string;
  /** The path of Deno, or of this program if it was compiled. */
  readonly program?: string;
  readonly isCompiled?: boolean;
  readonly path?: string;
  readonly directory?: string;
}

/**
 * Returns a command line that runs `executor` with these arguments, quoted for a shell: `executor …` if that is on the PATH and
 * starts this program, otherwise Deno with the main module. Returns undefined if no line of text can be that command.
 */
export function ownCommand(
  args: readonly string[],
  invocation: Invocation = {},
): string | undefined {
  const line = [...programWords(invocation), ...args].map(quote).join(" ");
  // deno-lint-ignore no-control-regex -- a terminal would not show them, or act on them
  return /[\x00-\x1f\x7f-\x9f]/.test(line) || !line.isWellFormed() ? undefined : line;
}

/** Returns an argument that is the path of a file, and no option. */
export function asArgument(path: string): string {
  return path.startsWith("-") ? `./${path}` : path;
}

function programWords({
  main = mainModule(),
  program = ownProgram() ?? "deno",
  isCompiled = Deno.build.standalone,
  path,
  directory = shellDirectory(),
}: Invocation): string[] {
  if (isCompiled) return [onPath(program, path) ?? program];
  const file = pathOf(main);
  const installed = findProgram(NAME, path);
  if (installed.kind === "found" && startsModule(installed.path, file ?? main)) return [NAME];
  return [
    ...denoWords(program, path),
    "run",
    "-A",
    file === undefined ? main : near(file, directory),
  ];
}

/** Returns the words that run Deno as this process runs it. */
function denoWords(program: string, path: string | undefined): string[] {
  const name = onPath(program, path);
  if (name !== undefined) return [name];
  if (program.includes(NPX_CACHE) && findProgram("npx", path).kind === "found") {
    return ["npx", "-y", "deno@2"];
  }
  return [program];
}

/** Returns the name of a program if a shell finds that program by its name. */
function onPath(program: string, path: string | undefined): string | undefined {
  const name = program.slice(program.lastIndexOf("/") + 1);
  const found = findProgram(name, path);
  if (found.kind !== "found") return undefined;
  return found.path === program || realPath(found.path) === realPath(program) ? name : undefined;
}

/** Returns whether a script starts a module, which it names by path or by URL. */
function startsModule(script: string, module: string): boolean {
  try {
    if (Deno.statSync(script).size > MAX_SCRIPT_BYTES) return false;
    const text = Deno.readTextFileSync(script);
    return [quote(module), `'${module}'`, `"${module}"`, `file://${encodeURI(module)}`]
      .some((word) => hasWord(text, word));
  } catch {
    return false;
  }
}

/** Returns whether a text has a word, and not as a part of a longer one. */
function hasWord(text: string, word: string): boolean {
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) {
    const around = [text[at - 1] ?? " ", text[at + word.length] ?? " "];
    if (around.every((character) => /[\s='"]/.test(character))) return true;
  }
  return false;
}

/** Returns the path of a file, relative to the working directory if it is in there. */
function near(file: string, directory: string | undefined): string {
  const isInside = directory !== undefined && file.startsWith(`${directory}/`);
  return isInside ? asArgument(file.slice(directory.length + 1)) : file;
}

function pathOf(url: string): string | undefined {
  if (!url.startsWith("file:")) return undefined;
  try {
    return decodeURIComponent(new URL(url).pathname);
  } catch {
    return undefined;
  }
}

function mainModule(): string {
  return Deno.mainModule;
}

/** Returns the working directory of the shell, if this process is still in it. */
function shellDirectory(): string | undefined {
  const directory = currentDirectory();
  return directory === readEnv("PWD") ? directory : undefined;
}

function realPath(path: string): string | undefined {
  try {
    return Deno.realPathSync(path);
  } catch {
    return undefined;
  }
}
