/**
 * Table of the npm packages that contain the files of the dependencies. The layout inside a tarball is kept, so that
 * relative imports stay valid. The files that an entry imports are copied with it.
 *
 * @module
 */

/** A tarball of the npm registry, with the digest it must have. */
export interface Tarball {
  /** The argument of `npm pack`. */
  spec: string;
  /** The SHA-512 digest in base64, as the registry publishes it. */
  sha512: string;
  /** The folder of the JavaScript files inside the tarball. */
  code: string;
  /** The folder of the declarations inside the tarball, with the layout of `code`. */
  types?: string;
}

/** One export of a vendored package. */
export interface Entry {
  tarball: keyof typeof TARBALLS;
  file: string;
  /** A file of `declarations/`, if the tarball has no declaration. */
  declaration?: string;
}

/** A JSR package to vendor. */
export interface Package {
  name: string;
  version: string;
  exports: Record<string, Entry>;
}

/** The tarballs that contain the dependencies. */
export const TARBALLS = {
  std: {
    spec: "deno-std@1.4.0",
    sha512:
      "7c0Y6tyn0Sx0NKiaAeGtDwrpG+C7VFcOStVcYXPnjAuIEonxzVV+n6s8iuFjg6keqzxo/zrPbR/J9EY9BLNsRA==",
    code: "package",
  },
  // Built from Cliffy 1.0.0-rc.5 for npm, with the files of std that Cliffy needs.
  cliffy: {
    spec: "windmill-cli@1.596.0",
    sha512:
      "5aFVNTOEaGyTKyQlyjFI1FAZ8fTIQ2vGSmnqL3FfZuKpKWdqGXh8p9Azdp8N2MkIwyP1vYtOK9nfQk6jr6tRTw==",
    code: "package/esm",
    types: "package/types",
  },
} satisfies Record<string, Tarball>;

const STD = "deps/jsr.io/@std";
const CLIFFY = "deps/jsr.io/@windmill-labs";

/** The dependencies, with the versions that the tarballs contain. */
export const PACKAGES: Package[] = [
  {
    name: "@std/cli",
    version: "1.0.32",
    exports: {
      "./parse-args": { tarball: "std", file: "cli/parse_args.js", declaration: "parse_args.d.ts" },
      // From 1.0.0-rc.2, with an older table of widths: the other tarball lacks the table.
      "./unicode-width": { tarball: "cliffy", file: `${STD}/cli/1.0.0-rc.2/unicode_width.js` },
    },
  },
  {
    name: "@std/streams",
    version: "1.1.2",
    exports: {
      "./text-line-stream": {
        tarball: "std",
        file: "streams/text_line_stream.js",
        declaration: "text_line_stream.d.ts",
      },
    },
  },
  {
    name: "@std/assert",
    version: "1.0.19",
    exports: { ".": { tarball: "std", file: "assert/mod.js", declaration: "assert.d.ts" } },
  },
  {
    name: "@cliffy/command",
    version: "1.0.0-rc.5",
    exports: {
      ".": { tarball: "cliffy", file: `${CLIFFY}/cliffy-command/1.0.0-rc.5/mod.js` },
      "./completions": {
        tarball: "cliffy",
        file: `${CLIFFY}/cliffy-command/1.0.0-rc.5/completions/mod.js`,
      },
    },
  },
  {
    name: "@cliffy/ansi",
    version: "1.0.0-rc.5",
    exports: {
      "./ansi-escapes": {
        tarball: "cliffy",
        file: `${CLIFFY}/cliffy-ansi/1.0.0-rc.5/ansi_escapes.js`,
      },
    },
  },
];
