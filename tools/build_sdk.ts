/**
 * Puts the files for workers in other languages into one module of strings, as the published package reads no files at run time.
 *
 * @module
 */
import type { GeneratedFile } from "./generate.ts";

/** The files of `src/cli/sdk/`, by the names that the command knows. */
const FILES = {
  python: "executor_worker.py",
  node: "executor_worker.mjs",
  bash: "executor_worker.sh",
};

/** The module that holds them. */
export const sdkFile: GeneratedFile = {
  path: "src/cli/sdk_files.generated.ts",
  build: async () => {
    const entries = Object.entries(FILES).map(async ([name, file]) => {
      const text = await Deno.readTextFile(new URL(`../src/cli/sdk/${file}`, import.meta.url));
      const escaped = text.replace(/[\\`]|\$\{/g, "\\$&");
      return `  /** ${file} */\n  ${name}: \`${escaped}\`,\n`;
    });
    return [
      "// Written by `deno task generate` from the files in src/cli/sdk/.\n",
      "// deno-fmt-ignore-file\n\n",
      "/** Files for workers in other languages. */\n",
      `export const SDK_FILES = {\n${(await Promise.all(entries)).join("")}};\n`,
    ].join("");
  },
};
