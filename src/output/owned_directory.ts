/**
 * Ownership of a directory that a run fills: a file in it names the run, so that no other job writes over its files.
 *
 * @module
 */
import { LivingProcesses, ownIdentity, type ProcessIdentity } from "../base/process_identity.ts";
import { writeAllSync } from "../base/write_all.ts";

/** The file that names the run to which a directory belongs, and the process of its executor on the next line. */
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
  // One that was killed, or had no room, may have left a file without a run.
  using opened = openNew(`${path}/${OWNER_FILE}`, { isFree: owner === "" });
  const text = `${run.runId}\n${JSON.stringify(ownIdentity())}\n`;
  writeAllSync(opened, new TextEncoder().encode(text));
  opened.syncSync();
}

/**
 * Returns the id of the run to which a directory belongs; undefined if it has none, and an empty text if that run was killed
 * before it wrote anything. Changes nothing.
 *
 * @throws {ForeignDirectoryError} If it belongs to another job.
 */
export function refuseForeign(
  path: string,
  { runId: _own, earlier }: DirectoryRun,
  { what, names }: DirectoryContent,
): string | undefined {
  const owner = readOwner(path);
  const file = namesIn(path).find((name) => names.test(name));
  if (owner?.runId) {
    if (earlier?.runIds.includes(owner.runId)) return owner.runId;
    if (file === undefined && isGone(owner.executor)) return "";
    throw new ForeignDirectoryError(`it has the ${what} of the run ${owner.runId.slice(0, 36)}`);
  }
  if (earlier?.results.has(path) || file === undefined) return owner?.runId;
  throw new ForeignDirectoryError(`it has a ${file} of another run`);
}

function isGone(executor: ProcessIdentity | undefined): boolean {
  return executor !== undefined && new LivingProcesses().lifeOf(executor) === "gone";
}

function openNew(path: string, { isFree }: { isFree: boolean }): Deno.FsFile {
  try {
    return Deno.openSync(path, { write: true, createNew: !isFree, create: true, truncate: isFree });
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
    throw new ForeignDirectoryError("another run has just begun to write into it");
  }
}

/** The run to which a directory belongs. */
interface Owner {
  /** Its id; empty if it had not written it yet. */
  readonly runId: string;
  readonly executor?: ProcessIdentity;
}

function readOwner(path: string): Owner | undefined {
  try {
    const text = Deno.readTextFileSync(`${path}/${OWNER_FILE}`);
    const [runId = "", executor = ""] = text.split("\n");
    return { runId: runId.trim(), executor: parseIdentity(executor) };
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

function parseIdentity(text: string): ProcessIdentity | undefined {
  try {
    const identity = JSON.parse(text);
    return Number.isInteger(identity?.pid) ? identity : undefined;
  } catch {
    // It was not written to its end, or comes from an older version.
    return undefined;
  }
}
