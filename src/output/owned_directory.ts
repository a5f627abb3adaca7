/**
 * Ownership of a directory that a run fills: a file in it names the run, so that no other job writes over its files.
 *
 * @module
 */
import { writeAllSync } from "../base/write_all.ts";

/** The file that names the run to which a directory belongs. */
const OWNER_FILE = ".executor-run";

/** A run that wants a directory. */
export interface DirectoryRun {
  /** The id of the run. */
  readonly runId: string;
  /** The ids of the runs that it resumes, and the directories of their results. */
  readonly earlier?: { readonly runIds: readonly string[]; readonly results: ReadonlySet<string> };
}

/** What a directory holds. */
export interface DirectoryContent {
  /** What its files are, such as `results`. */
  readonly what: string;
  /** Names of files that only a run makes. */
  readonly names: RegExp;
}

/** Thrown if a directory has files of another job. */
export class ForeignDirectoryError extends Error {
  /** Name of the class. */
  override name = "ForeignDirectoryError";
}

/**
 * Makes a directory if there is none, and writes into it to whom it belongs.
 *
 * @throws {ForeignDirectoryError} If it belongs to another job.
 */
export function claimDirectory(path: string, run: DirectoryRun, content: DirectoryContent): void {
  Deno.mkdirSync(path, { recursive: true });
  const owner = refuseForeign(path, run, content);
  if (owner) return;
  // One that was killed, or had no room, may have left an empty file.
  using opened = openNew(`${path}/${OWNER_FILE}`, { isEmpty: owner === "" });
  writeAllSync(opened, new TextEncoder().encode(`${run.runId}\n`));
  opened.syncSync();
}

/**
 * Returns the id of the run to which a directory belongs; undefined if it has none. Changes nothing.
 *
 * @throws {ForeignDirectoryError} If it belongs to another job.
 */
export function refuseForeign(
  path: string,
  { runId: _own, earlier }: DirectoryRun,
  { what, names }: DirectoryContent,
): string | undefined {
  const owner = readOwner(path);
  if (owner) {
    if (earlier?.runIds.includes(owner)) return owner;
    throw new ForeignDirectoryError(`it has the ${what} of the run ${owner.slice(0, 36)}`);
  }
  if (earlier?.results.has(path)) return owner;
  for (const name of namesIn(path)) {
    if (names.test(name)) throw new ForeignDirectoryError(`it has a ${name} of another run`);
  }
  return owner;
}

function openNew(path: string, { isEmpty }: { isEmpty: boolean }): Deno.FsFile {
  try {
    return Deno.openSync(path, { write: true, createNew: !isEmpty, create: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
    throw new ForeignDirectoryError("another run has just begun to write into it");
  }
}

function readOwner(path: string): string | undefined {
  try {
    return Deno.readTextFileSync(`${path}/${OWNER_FILE}`).trim();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

function namesIn(path: string): string[] {
  try {
    return Array.from(Deno.readDirSync(path), ({ name }) => name);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}
