/**
 * Writes the files that are derived from others, or checks that they are fresh: `deno task generate`, and
 * `deno run -A tools/generate.ts --check`. Each of them has a `build_*.ts` beside this file.
 *
 * @module
 */
import { pageFile } from "./build_page.ts";
import { pilotFile } from "./build_pilot.ts";
import { optionFiles } from "./build_readme.ts";
import { checksFile, schemaFile } from "./build_schema.ts";
import { sdkFile } from "./build_sdk.ts";

/** A file that is committed, and derived from other files of the repository. */
export interface GeneratedFile {
  /** Its path, relative to the root of the repository. */
  readonly path: string;
  /** Returns the text that it must have. */
  readonly build: () => string | Promise<string>;
}

const ROOT = new URL("../", import.meta.url);

const FILES: readonly GeneratedFile[] = [
  schemaFile,
  checksFile,
  pageFile,
  pilotFile,
  sdkFile,
  ...optionFiles,
];

if (import.meta.main) {
  const checksOnly = Deno.args.includes("--check");
  const stale: string[] = [];
  for (const { path, build } of FILES) {
    const url = new URL(path, ROOT);
    const text = await build();
    const current = await Deno.readTextFile(url).catch(() => undefined);
    if (text === current) continue;
    stale.push(path);
    if (!checksOnly) await Deno.writeTextFile(url, text);
  }
  for (const path of stale) console.error(`${checksOnly ? "stale" : "written"}: ${path}`);
  if (checksOnly && stale.length > 0) {
    console.error("Run `deno task generate` and commit what it wrote.");
    Deno.exit(1);
  }
}
