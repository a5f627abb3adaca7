/**
 * Plugin of the bundler that leaves out modules which nothing of the bundle uses.
 *
 * @module
 */
import { resolve } from "node:path";
import type { Plugin } from "npm:esbuild@0.28.2";

/** Drops modules that are not used. No module of src/ has an effect when it is loaded, but for the entry of a bundle. */
export const DROP_UNUSED: Plugin = {
  name: "drop-unused",
  setup({ onResolve }) {
    onResolve({ filter: /^\.{1,2}\/.*\.ts$/ }, ({ path, resolveDir }) => ({
      path: resolve(resolveDir, path),
      sideEffects: false,
    }));
  },
};
