/**
 * Check of the files and directories that the options of `run` name, before any of them is touched.
 *
 * @module
 */
import { currentDirectory, isAbsolutePath } from "../base/paths.ts";
import { RUN_OPTIONS, type RunValues } from "./options.ts";
import { flagOf } from "./cliffy_options.ts";
import { UsageError } from "./errors.ts";

/** The options that name a file or a directory to write. */
export type Destinations = Partial<
  Pick<RunValues, "journal" | "events" | "joblog" | "report" | "results" | "logDir">
>;

/** The options that may name a file to read. */
export type Inputs = Partial<Pick<RunValues, "order" | "tokenFile" | "hosts">>;

/** What to use in place of `-`, where there is something. */
const INSTEAD: Readonly<Record<string, string>> = {
  events: "use --reporter jsonl to print the events on stdout",
  results: "use --output ordered to print the output on stdout",
  joblog: "name a file",
  journal: "name a file",
  report: "name a file",
  logDir: "name a directory",
};
/** Options that name directories. */
const DIRECTORIES: readonly string[] = ["results", "logDir"];

/** A file or a directory that is named, by an option or as a standard stream. */
interface Place {
  /** The option, or the stream. */
  readonly name: string;
  readonly value: string;
  /** The path without symbolic links. */
  readonly path: string;
  /** Names an existing file, whatever its path. */
  readonly id?: string;
}

/**
 * Refuses `-` where it is not a stream, two options that would write to the same place, and one that would write to a file that
 * the run reads.
 *
 * @param options The options.
 * @param lists The paths of the lists of items.
 * @throws {UsageError} If something is refused.
 */
export function checkDestinations(
  options: Destinations & Inputs,
  lists: readonly string[] = [],
): void {
  const { journal, events, joblog, report, results, logDir } = options;
  const written = { journal, events, joblog, report, results, logDir };
  for (const [field, value] of Object.entries(written)) {
    if (value === "-") refuseDash(field as keyof Destinations);
  }
  const places = [
    // A list may be read several times.
    ...[...new Set(lists)].map((path) => placeOf("items", path)),
    ...Object.entries(written).flatMap(([field, value]) =>
      value === undefined ? [] : [placeOf(field, value)]
    ),
  ].filter((place) => place !== undefined);
  if (places.length === 0) return;
  const earlier = [...standardStreams(), ...inputsOf(options)];
  for (const place of places) {
    const other = earlier.find((candidate) =>
      isSame(place, candidate) && !mayShare(place, candidate)
    );
    if (other !== undefined) refuseSame(place, other);
    earlier.push(place);
  }
  const owner = places.find(({ name }) => name === "results");
  const inside = places.find(({ name, path }) =>
    owner !== undefined && name !== "items" && path.startsWith(`${owner.path}/`)
  );
  if (inside !== undefined && owner !== undefined) refuseInside(inside, owner);
}

/** Returns the files that options name to be read. */
function inputsOf({ order, tokenFile, hosts }: Inputs): Place[] {
  const files = {
    order: typeof order === "object" && "longest" in order ? order.longest : undefined,
    tokenFile,
    hosts: hosts?.startsWith("@") ? hosts.slice(1) : undefined,
  };
  return Object.entries(files).flatMap(([field, value]) =>
    value === undefined ? [] : placeOf(field, value) ?? []
  );
}

/**
 * Refuses `-`, which is no stream here.
 *
 * @throws {UsageError} Always.
 */
export function refuseDash(field: keyof Destinations, name: string = nameOf(field)): never {
  throw new UsageError(
    `${name} must be a ${
      DIRECTORIES.includes(field) ? "directory" : "file"
    }: current value is "-" (${INSTEAD[field]}, or ./- for that name)`,
  );
}

function refuseSame({ name, value }: Place, other: Place): never {
  const whose = nameOf(other.name);
  const place = DIRECTORIES.includes(name) && DIRECTORIES.includes(other.name)
    ? `the directory of ${whose}`
    : `the file of ${whose}`;
  throw new UsageError(`${nameOf(name)} must not be ${place}: current value is "${value}"`);
}

function refuseInside({ name, value }: Place, owner: Place): never {
  throw new UsageError(
    `${nameOf(name)} must not be in the directory of ${
      nameOf(owner.name)
    }, which is for results alone: current value is "${value}"`,
  );
}

/** Returns the flag of an option, or the name of a stream. */
function nameOf(name: string): string {
  const option = Object.entries(RUN_OPTIONS).find(([field]) => field === name)?.[1];
  return option === undefined ? name : flagOf(option);
}

/** Options whose files are read. */
const READ: readonly string[] = ["items", "order", "tokenFile", "hosts"];

/** Returns whether two options may name the same file. */
function mayShare({ name }: Place, other: Place): boolean {
  if (READ.includes(name) && READ.includes(other.name)) return true;
  // A resumed run may well go by the times of its own journal.
  return name === "journal" && other.name === "order";
}

function isSame(a: Place, b: Place): boolean {
  return a.id === undefined || b.id === undefined ? a.path === b.path : a.id === b.id;
}

/** Returns the place of a path. Returns undefined for devices such as /dev/null, which can be used twice. */
function placeOf(name: string, value: string): Place | undefined {
  const info = statOf(value);
  if (info !== undefined && !info.isFile && !info.isDirectory) return undefined;
  return { name, value, path: resolvePath(value), id: info && idOf(info) };
}

/** Returns the files to which the standard streams were redirected. */
function standardStreams(): Place[] {
  if (Deno.build.os === "windows") return [];
  const streams = { "standard input": 0, "standard output": 1, "standard error": 2 };
  return Object.entries(streams).flatMap(([name, number]) => {
    const path = `/dev/fd/${number}`;
    const info = statOf(path);
    return info?.isFile ? [{ name, value: path, path, id: idOf(info) }] : [];
  });
}

function idOf({ dev, ino }: Deno.FileInfo): string | undefined {
  return ino === null ? undefined : `${dev} ${ino}`;
}

function statOf(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.statSync(path);
  } catch {
    // Whoever opens it reports the error.
    return undefined;
  }
}

/** How many symbolic links a path may have. */
const MAX_LINKS = 40;

/** Returns a path without symbolic links and dots, as far as it exists. */
function resolvePath(path: string, links = 0): string {
  const absolute = isAbsolutePath(path) ? path : `${currentDirectory() ?? ""}/${path}`;
  const parts = absolute.split(SEPARATOR).filter((part) => part !== "" && part !== ".");
  let known = "";
  for (const [index, part] of parts.entries()) {
    if (part === "..") {
      known = known.slice(0, Math.max(0, known.lastIndexOf("/")));
      continue;
    }
    const target = linkOf(`${known}/${part}`);
    if (target !== undefined && links < MAX_LINKS) {
      const base = isAbsolutePath(target) ? target : `${known}/${target}`;
      return resolvePath([base, ...parts.slice(index + 1)].join("/"), links + 1);
    }
    known = `${known}/${part}`;
  }
  return known;
}

const SEPARATOR = Deno.build.os === "windows" ? /[\\/]+/ : /\/+/;

function linkOf(path: string): string | undefined {
  try {
    return Deno.readLinkSync(path);
  } catch {
    return undefined;
  }
}
