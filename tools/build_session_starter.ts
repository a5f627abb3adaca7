/**
 * Assembles the session starters, and writes their bytes into one module: `deno run -A tools/build_session_starter.ts`. Needs
 * binutils for both processors (Debian: `binutils`, `binutils-aarch64-linux-gnu`), so it is no part of `deno task generate`.
 *
 * @module
 */

const FOLDER = new URL("../src/launchers/local/session_starter/", import.meta.url);

/** The processors, with what the names of their binutils begin with. */
export const PROCESSORS = { x86_64: "x86_64-linux-gnu-", aarch64: "aarch64-linux-gnu-" } as const;

/** Assembles the starter for a processor. */
export async function assemble(processor: keyof typeof PROCESSORS): Promise<Uint8Array> {
  const folder = await Deno.makeTempDir();
  try {
    const source = new URL(`${processor}.S`, FOLDER).pathname;
    const [object, file] = [`${folder}/object`, `${folder}/file`];
    const prefix = PROCESSORS[processor];
    await run(`${prefix}as`, source, "-o", object);
    await run(`${prefix}objcopy`, "-O", "binary", "-j", ".text", object, file);
    return await Deno.readFile(file);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function run(command: string, ...args: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command(command, { args }).output();
  if (!success) throw new Error(`${command} failed: ${new TextDecoder().decode(stderr)}`);
}

/** Returns the module with the bytes of both. */
async function moduleText(): Promise<string> {
  const names = Object.keys(PROCESSORS) as (keyof typeof PROCESSORS)[];
  const entries = await Promise.all(
    names.map(async (name) => [name, (await assemble(name)).toBase64().match(/.{1,90}/g)!]),
  );
  const lines = entries.map(([name, parts]) =>
    `  ${name}: [\n${(parts as string[]).map((part) => `    "${part}",\n`).join("")}  ],\n`
  );
  return `/**
 * The session starters, as bytes. Written by tools/build_session_starter.ts from the files beside this one.
 *
 * @module
 */

// deno-fmt-ignore
const BASE64: Readonly<Record<string, readonly string[]>> = {
${lines.join("")}};

/** The program for each processor, by its name in \`Deno.build.arch\`. */
export const STARTERS: Readonly<Record<string, Uint8Array | undefined>> = Object.fromEntries(
  Object.entries(BASE64).map(([name, parts]) => [name, Uint8Array.fromBase64(parts.join(""))]),
);
`;
}

if (import.meta.main) {
  await Deno.writeTextFile(new URL("starter_bytes.ts", FOLDER), await moduleText());
}
