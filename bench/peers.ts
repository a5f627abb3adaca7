/**
 * Finds the peers, and fetches those that cannot be installed beside others into a temporary folder.
 *
 * @module
 */
import { here, outputOf } from "./process.ts";

let folder: string | undefined;

/** Removes the fetched peers. */
export async function removePeers(): Promise<void> {
  if (folder !== undefined) await Deno.remove(folder, { recursive: true });
  folder = undefined;
}

/** Returns the path of a program, or `undefined` if it is not installed. */
export async function find(name: string): Promise<string | undefined> {
  return await attempt(async () =>
    (await outputOf(["sh", "-c", 'command -v "$1"', "sh", name])).trim()
  );
}

/** Returns the path of GNU parallel; moreutils has a program of the same name. */
export async function gnuParallel(): Promise<string | undefined> {
  const path = await find("parallel");
  const version = path && await attempt(() => outputOf([path, "--version"]));
  return version?.startsWith("GNU parallel") ? path : undefined;
}

/** Returns the path of moreutils' parallel: under the name that Debian gives it, or unpacked from its package. */
export async function moreutilsParallel(): Promise<string | undefined> {
  const installed = await find("parallel.moreutils");
  if (installed !== undefined) return installed;
  const path = await privateFolder();
  const unpack = 'cd "$1" && apt-get download moreutils && dpkg-deb -x moreutils_*.deb moreutils';
  const unpacked = await attempt(() => outputOf(["sh", "-c", unpack, "sh", path]));
  return unpacked && `${path}/moreutils/usr/bin/parallel`;
}

/** Returns the path of concurrently, which npm installs. */
export async function concurrently(): Promise<string | undefined> {
  const path = await privateFolder();
  const install = ["npm", "install", "--silent", "--no-save", "--prefix", path, "concurrently"];
  const installed = await attempt(() => outputOf(install));
  return installed === undefined ? undefined : `${path}/node_modules/.bin/concurrently`;
}

/** Returns the command of a peer written in Python, or `undefined` without Python or a module that it needs. */
export async function python(
  name: string,
  { needs }: { needs?: string } = {},
): Promise<string[] | undefined> {
  const python = await pythonFor(needs);
  return python === undefined ? undefined : [python, here(`peers/${name}.py`)];
}

/** Returns the path of a Python that has a module, or `undefined` if none has. */
export async function pythonFor(needs?: string): Promise<string | undefined> {
  const test = needs === undefined ? "" : `import ${needs}`;
  for (const python of ["python3", "/usr/bin/python3"]) {
    // The shim of a version manager would add to the time: find the program behind it.
    const script = `${test}\nimport sys; print(sys.executable)`;
    const executable = await attempt(() => outputOf([python, "-c", script]));
    if (executable !== undefined) return executable.trim();
  }
  return undefined;
}

async function privateFolder(): Promise<string> {
  return folder ??= await Deno.makeTempDir({ prefix: "bench-peers-" });
}

/** Returns the result of a call, or `undefined` if it fails. */
export async function attempt<T>(call: () => Promise<T>): Promise<T | undefined> {
  try {
    return await call();
  } catch {
    return undefined;
  }
}
