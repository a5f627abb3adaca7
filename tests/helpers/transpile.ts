/**
 * The modules of the repository as JavaScript, as a package for Node.js has them.
 *
 * @module
 */

const ROOT = new URL("../../", import.meta.url).pathname;

/** Writes modules of the repository, named by their paths, as JavaScript into a folder with the same paths. */
export async function transpile(folder: string, paths: readonly string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["transpile", "--quiet", "--outdir", folder, ...paths],
    cwd: ROOT,
    stdout: "null",
    stderr: "piped",
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  for (const path of paths) {
    const name = `${folder}/${path.replace(/\.ts$/, ".js")}`;
    const text = await Deno.readTextFile(name);
    await Deno.writeTextFile(name, text.replaceAll(/(["']\.[^"']*)\.ts(["'])/g, "$1.js$2"));
  }
  await Deno.writeTextFile(`${folder}/package.json`, '{ "type": "module" }');
}
