/** The rooms of src/, from the bottom to the top: a room may import from itself and from the rooms before it. */
export const ROOMS = [
  "base",
  "model",
  "terminal",
  "launchers",
  "output",
  "journal",
  "reporters",
  "engine",
  "report",
  "doctor",
  "cli",
];

/** Rooms that the worker API may use: it is loaded into every worker that imports it. */
const ROOMS_OF_WORKER = ["base", "model"];
/** Rooms that the terminal room may use: it knows no run. */
const ROOMS_OF_TERMINAL = ["base", "terminal"];
/** Files of tests/ that need no folder, as what they test lies at the top of the repository. */
const LOOSE_TESTS = ["mod_test.ts", "cli_test.ts", "mock_task_test.ts"];
/** Files outside of src/ that its files may import: the version of the package is there. */
const ALLOWED_OUTSIDE = ["deno.json"];
/** Names that many folders may have: what a folder has in public, and an entry point. */
const SHARED_NAMES = ["mod.ts", "main.ts"];
const MAX_LINES = 400;
const SEE_ROOMS = "(CONTRIBUTING.md, Rooms)";
const SEE_STYLE = "(CONTRIBUTING.md, Style)";

/** Files by their path, relative to the root of the repository, with their text. */
export type Tree = ReadonlyMap<string, string>;

/** The rules that the files of src/ and tests/ keep. Each returns a sentence per fault, which says what to do. */
export const RULES: Readonly<Record<string, (tree: Tree) => string[]>> = {
  "src/ holds the known rooms and worker.ts": findUnknownRooms,
  "imports run down only": findUpwardImports,
  "no import closes a cycle": findCycles,
  "no two folders of a room import each other": findFoldersBothWays,
  "a basename of src/ is used once": findSharedNames,
  "a file of src/ has at most 400 lines": findLongFiles,
  "a file of src/ begins with a module header in plain words": findBadHeaders,
  "tests/ mirrors src/": findLooseTests,
  "tests are skipped by testWith() only": findSilentSkips,
  "a test changes nothing that all tests share": findSharedChanges,
};

function findUnknownRooms(tree: Tree): string[] {
  return sources(tree).flatMap((path) => {
    const room = roomOf(path);
    if (room === undefined) {
      return path === "src/worker.ts"
        ? []
        : [`${path} lies at the top of src/: move it into a room ${SEE_ROOMS}`];
    }
    if (ROOMS.includes(room)) return [];
    return [`${path} lies in src/${room}/, which is no room: move it into one ${SEE_ROOMS}`];
  });
}

function findUpwardImports(tree: Tree): string[] {
  return sources(tree).flatMap((path) =>
    importsOf(path, tree).flatMap((target) => {
      if (ALLOWED_OUTSIDE.includes(target)) return [];
      if (!target.startsWith("src/")) {
        return [`${path} imports ${target}: files of src/ import from src/ only ${SEE_ROOMS}`];
      }
      if (mayImport(path, target)) return [];
      const rule = nameOf(target) === "mod.ts"
        ? "a mod.ts is for programs that import the package"
        : roomOf(path) === "terminal" && roomOf(target) === "model"
        ? "the terminal room knows no run"
        : "imports run down only";
      return [`${path} imports ${target}: ${rule} ${SEE_ROOMS}`];
    })
  );
}

function mayImport(path: string, target: string): boolean {
  // An entry of the package is for programs outside of it: nothing is built on it.
  if (nameOf(target) === "mod.ts") return false;
  const [from, to] = [roomOf(path), roomOf(target)];
  // Files outside of rooms are the concern of another rule, worker.ts aside.
  if (from === undefined) return to === undefined || ROOMS_OF_WORKER.includes(to);
  if (to === undefined) return target !== "src/worker.ts";
  if (from === "terminal") return ROOMS_OF_TERMINAL.includes(to);
  return ROOMS.indexOf(to) <= ROOMS.indexOf(from);
}

function findCycles(tree: Tree): string[] {
  const done = new Set<string>();
  const faults: string[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path);
    if (start >= 0) {
      const cycle = [...trail.slice(start), path].join(" → ");
      faults.push(`${cycle} is a cycle: move what both sides need into a file below ${SEE_ROOMS}`);
    }
    if (start >= 0 || done.has(path)) return;
    for (const target of importsOf(path, tree)) visit(target, [...trail, path]);
    done.add(path);
  };
  for (const path of sources(tree)) visit(path, []);
  return faults;
}

function findFoldersBothWays(tree: Tree): string[] {
  const pairs = sources(tree).flatMap((path) =>
    importsOf(path, tree)
      .map((target) => ({ from: folderOf(path), to: folderOf(target) }))
      .filter(({ from, to }) => from !== to && folderOf(from) === folderOf(to))
      // The rooms themselves have another rule.
      .filter(({ from }) => folderOf(from) !== "src")
  );
  const both = pairs.filter(({ from, to }) =>
    from < to && pairs.some((other) => other.from === to && other.to === from)
  );
  return Array.from(new Set(both.map(({ from, to }) => `${from} and ${to}`)))
    .map((names) => `${names} import each other: move what both need above them ${SEE_ROOMS}`);
}

function findSharedNames(tree: Tree): string[] {
  const named = sources(tree).filter((path) =>
    roomOf(path) !== "cli" && !SHARED_NAMES.includes(nameOf(path))
  );
  return Array.from(Map.groupBy(named, nameOf))
    .filter(([, paths]) => paths.length > 1)
    .map(([, paths]) => `${paths.join(" and ")} have one name: rename one of them ${SEE_STYLE}`);
}

function findLongFiles(tree: Tree): string[] {
  return written(tree).flatMap((path) => {
    const lines = tree.get(path)!.trimEnd().split("\n").length;
    if (lines <= MAX_LINES) return [];
    return [
      `${path} has ${lines} lines, and ${MAX_LINES} are allowed: it holds more than one concept ${SEE_STYLE}`,
    ];
  });
}

function findBadHeaders(tree: Tree): string[] {
  return written(tree).flatMap((path) => {
    const [, header] = /^(?:#!.*\n)?\s*\/\*\*([^]*?)\*\//.exec(tree.get(path)!) ?? [];
    if (!header?.includes("@module")) {
      return [`${path} does not begin with a module header: /** … @module */ ${SEE_STYLE}`];
    }
    const [word = ""] = /[A-Za-z]+/.exec(header) ?? [];
    if (!/^(?:What|Where|How|When|Whether|Why|Who)$/.test(word)) return [];
    return [`${path} begins with "${word} …": begin its header with a noun or a verb ${SEE_STYLE}`];
  });
}

function findLooseTests(tree: Tree): string[] {
  return Array.from(tree.keys()).filter((path) => path.startsWith("tests/")).flatMap((path) => {
    const [, folder = "", name] = path.split("/");
    if (name !== undefined || LOOSE_TESTS.includes(folder)) return [];
    return [
      `${path} lies at the top of tests/: move it to the folder of what it tests ${SEE_STYLE}`,
    ];
  });
}

/** Where tests are skipped, and where that is tested. */
const SKIPPING = ["tests/helpers/needs.ts", "tests/tools/run_tests_test.ts"];
/** An option of Deno.test that skips a test, a test that is always skipped, or needs that testWith() does not get. */
const SKIP =
  /\bignore:|\bDeno\.test\.ignore\(|\bDeno\.test\(\s*(?:"(?:[^"\\]|\\.)*"|`(?:[^`\\]|\\.)*`),\s*\w+(?:\([^()]*\))?,/;

function findSilentSkips(tree: Tree): string[] {
  const files = Array.from(tree.keys()).filter((path) =>
    path.startsWith("tests/") && !path.startsWith("tests/architecture/") && !SKIPPING.includes(path)
  );
  return files.flatMap((path) => {
    const skip = SKIP.exec(tree.get(path)!)?.[0];
    if (skip === undefined) return [];
    return [
      `${path} skips tests by "${skip}": declare them with testWith() of tests/helpers/needs.ts, which tells why`,
    ];
  });
}

/** A change of the environment or of the working directory: the test files that run at the same time are one process. */
const SHARED_CHANGE = /\bDeno\.(?:env\.(?:set|delete)|chdir|umask)\(/;

function findSharedChanges(tree: Tree): string[] {
  const files = Array.from(tree.keys()).filter((path) => /^tests\/.*_test\.ts$/.test(path));
  return files.flatMap((path) => {
    const change = SHARED_CHANGE.exec(tree.get(path)!)?.[0];
    if (change === undefined || path.startsWith("tests/architecture/")) return [];
    return [`${path} calls ${change}), which changes all tests: give it to a process of its own`];
  });
}

function sources(tree: Tree): string[] {
  return Array.from(tree.keys()).filter((path) => path.startsWith("src/")).sort();
}

/** Returns the files of src/ that a person writes. */
function written(tree: Tree): string[] {
  return sources(tree).filter((path) => !path.endsWith(".generated.ts"));
}

/** Returns the room of a file of src/, or `undefined` if it lies beside the rooms. */
function roomOf(path: string): string | undefined {
  const [, room, name] = path.split("/");
  return name === undefined ? undefined : room;
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/"));
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** Returns the files that a file imports by a relative path, types included. */
function importsOf(path: string, tree: Tree): string[] {
  // Examples in comments are not imports of the file.
  const code = (tree.get(path) ?? "").replaceAll(/^\s*\/\*[^]*?\*\/|^\s*\/\/.*$/gm, "");
  const specifiers = code.matchAll(
    /(?:^|[;}\s])(?:import|export)\b(?:[^;"']*?\bfrom)?\s*\(?\s*["'](\.{1,2}\/[^"']+)["']/g,
  );
  const base = `file:///${path}`;
  return Array.from(specifiers, ([, specifier]) => new URL(specifier!, base).pathname.slice(1))
    // A file may name its own type: typeof import("./x.ts").
    .filter((target) => target !== path);
}
