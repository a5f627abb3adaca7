/**
 * Folder of an installed bundle: the main file `executor.js`, and beside it a folder with the parts of each program. The name
 * of that folder changes with its parts, so that a run of an older program still finds its own.
 *
 * @module
 */
import { type Bundle, ENTRY } from "./bundle.ts";
import { exists, type Undo } from "./undo.ts";

/** The names of folders with the parts of a program; those with a process id are not finished. */
const PARTS = /^parts-[0-9a-f]{16}(\.\d+)?$/;
/** The names of main files that are not finished. */
const DRAFT = /^executor\.js\.\d+\.js$/;
/** The folder of parts that a main file imports. */
const USED_PARTS = /import\("\.\/(parts-[0-9a-f]{16})\//;
/**
 * The parts of an older program are kept for this long after it is replaced, in milliseconds, as a run may still load some
 * of them.
 */
const KEPT_MS = 30 * 24 * 3_600_000;

/** A bundle that is written, but not yet in use. */
export interface Draft {
  /** The main file under its temporary name. */
  readonly main: string;
  /** The name of the folder with its parts. */
  readonly parts: string;
}

/**
 * Writes a bundle. It is in use when the main file has its name.
 *
 * @param mark The second line of the main file.
 */
export async function writeDraft(
  folder: string,
  files: Bundle,
  { mark, undo }: { mark: string; undo: Undo },
): Promise<Draft> {
  await undo.makeFolder(folder);
  const parts = await writeParts(folder, files, undo);
  const entry = files.get(ENTRY)!.replaceAll(/(import\(|from )"\.\//g, `$1"./${parts}/`);
  const main = `${folder}/${ENTRY}.${Deno.pid}.js`;
  undo.add(main);
  await Deno.writeTextFile(main, `//\n// ${mark}\n${entry}`);
  return { main, parts };
}

/** Writes the parts into a folder of their own, unless they are there. Returns its name. */
async function writeParts(folder: string, files: Bundle, undo: Undo): Promise<string> {
  const text = Array.from(files).sort().flat().join("\0");
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  const name = `parts-${new Uint8Array(digest).toHex().slice(0, 16)}`;
  const isThere = await exists(`${folder}/${name}`);
  const draft = isThere ? `${folder}/${name}` : `${folder}/${name}.${Deno.pid}`;
  if (!isThere) {
    undo.add(draft);
    await Deno.mkdir(draft);
  }
  for (const [file, text] of files) {
    if (file === ENTRY || isThere && await exists(`${draft}/${file}`)) continue;
    await Deno.writeTextFile(`${draft}/${file}`, text);
  }
  if (!isThere) {
    undo.add(`${folder}/${name}`);
    await Deno.rename(draft, `${folder}/${name}`);
  }
  return name;
}

/** Returns the name of the folder with the parts of the program that is in use, if there is one. */
export async function usedParts(folder: string): Promise<string | undefined> {
  if (!await exists(`${folder}/${ENTRY}`)) return undefined;
  return USED_PARTS.exec(await Deno.readTextFile(`${folder}/${ENTRY}`))?.[1];
}

/** Removes parts that no run can still load. Those of the program that was just replaced are kept from now on. */
export async function removeOldParts(
  folder: string,
  { current, replaced }: { current: string | undefined; replaced: string | undefined },
): Promise<void> {
  const now = new Date();
  for (const name of namesIn(folder)) {
    if (!PARTS.test(name) || name === current) continue;
    const path = `${folder}/${name}`;
    if (name === replaced) await Deno.utime(path, now, now);
    const { mtime } = await Deno.stat(path);
    if (mtime !== null && now.getTime() - mtime.getTime() > KEPT_MS) {
      await Deno.remove(path, { recursive: true });
    }
  }
}

/**
 * Removes the bundle, also one that is not finished, and its folder unless something else is in there.
 *
 * @param isOurs Whether this program wrote a file.
 * @returns Whether something was there to remove.
 */
export async function removeBundle(
  folder: string,
  isOurs: (file: string) => Promise<boolean>,
): Promise<boolean> {
  if (!await exists(folder)) return false;
  let isFound = false;
  for (const name of namesIn(folder)) {
    const path = `${folder}/${name}`;
    if (!PARTS.test(name) && !DRAFT.test(name) && !(name === ENTRY && await isOurs(path))) continue;
    await Deno.remove(path, { recursive: true });
    isFound = true;
  }
  if (namesIn(folder).length === 0) {
    await Deno.remove(folder);
    isFound = true;
  }
  return isFound;
}

function namesIn(folder: string): string[] {
  return Array.from(Deno.readDirSync(folder), ({ name }) => name);
}
