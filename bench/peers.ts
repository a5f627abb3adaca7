/**
 * Finds the peers, and fetches into a folder of its own what may not be installed beside others.
 *
 * @module
 */
import { here, outputOf } from "./process.ts";

let folder: string | undefined;

/** Removes what was fetched. */
export async function removePeers(): Promise<void> {
  if (folder !== undefined) await Deno.remove(folder, { recursive: true });
  folder = undefined;
}

/** Where a program is, if it is there. */
export async function find(name: string): Promise<string | undefined> {
  return await attempt(async () =>
    (await outputOf(["sh", "-c", 'command -v "$1"', "sh", name])).trim()
  );
}

/** GNU parallel; moreutils has a program of the same name. */
export async function gnuParallel(): Promise<string | undefined> {
  const path = await find("parallel");
  const version = path && await attempt(() => outputOf([path, "--version"]));
  return version?.startsWith("GNU parallel") ? path : undefined;
}

/** moreutils' parallel: as Debian names it beside that of GNU, or else from the package, unpacked. */
export async function moreutilsParallel(): Promise<string | undefined> {
  const installed = await find("parallel.moreutils");
  if (installed !== undefined) return installed;
  const path = await privateFolder();
  const unpack = 'cd "$1" && apt-get download moreutils && dpkg-deb -x moreutils_*.deb moreutils';
  const unpacked = await attempt(() => outputOf(["sh", "-c", unpack, "sh", path]));
  return unpacked && `${path}/moreutils/usr/bin/parallel`;
}

/** npm's concurrently. */
export async function concurrently(): Promise<string | undefined> {
  const path = await privateFolder();
  const install = ["npm", "install", "--silent", "--no-save", "--prefix", path, "concurrently"];
  const installed = await attempt(() => outputOf(install));
  return installed === undefined ? undefined : `${path}/node_modules/.bin/concurrently`;
}

/** The command of one of our own peers in Python, when there is a Python, with rich if need be. */
export async function python(
  name: string,
  { needsRich = false }: { needsRich?: boolean } = {},
): Promise<string[] | undefined> {
  const test = needsRich ? "import pip._vendor.rich" : "";
  for (const python of ["python3", "/usr/bin/python3"]) {
    // What stands behind a shim of a version manager is started without it.
    const script = `${test}\nimport sys; print(sys.executable)`;
    const executable = await attempt(() => outputOf([python, "-c", script]));
    if (executable !== undefined) return [executable.trim(), here(`peers/${name}.py`)];
  }
  return undefined;
}

async function privateFolder(): Promise<string> {
  return folder ??= await Deno.makeTempDir({ prefix: "bench-peers-" });
}

async function attempt<T>(call: () => Promise<T>): Promise<T | undefined> {
  try {
    return await call();
  } catch {
    return undefined;
  }
}
