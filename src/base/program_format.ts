/**
 * Format of a program's file: the interpreter of a script, and the machine and the loader of an ELF file.
 *
 * @module
 */

/** What the first bytes of a file tell. */
export type ProgramFormat =
  /** A script whose first line names its interpreter. */
  | { readonly kind: "script"; readonly interpreter: string; readonly argument: string }
  /** A file of Linux: the number of its machine, and the loader that starts it if there is one. */
  | { readonly kind: "elf"; readonly machine: number; readonly loader?: string }
  /** A binary of another system, or no program at all, in words. */
  | { readonly kind: "foreign"; readonly what: string }
  /** Something else: text without `#!`, which execvp(3) gives to sh. */
  | { readonly kind: "other" };

/** More than the headers and the first line of a program have, by and large. */
const HEAD_BYTES = 4096;
/** The longest first line that Linux reads. */
const MAX_LINE = 256;

/** Reads the format of a file. Returns undefined if it cannot be read. */
export function readFormat(path: string): ProgramFormat | undefined {
  try {
    using file = Deno.openSync(path);
    const head = new Uint8Array(HEAD_BYTES);
    const length = file.readSync(head) ?? 0;
    return formatOf(head.subarray(0, length));
  } catch {
    return undefined;
  }
}

/** Returns the format of a file from its first bytes. */
function formatOf(head: Uint8Array): ProgramFormat {
  const text = new TextDecoder("latin1").decode(head.subarray(0, MAX_LINE));
  if (text.startsWith("#!")) return scriptOf(text.slice(2));
  if (text.startsWith("\x7fELF")) return elfOf(head);
  const system = Object.entries(MAGIC).find(([magic]) => text.startsWith(magic))?.[1];
  if (system !== undefined) return { kind: "foreign", what: `a program for ${system}` };
  // As bash tells text from binary data.
  const isBinary = text.split("\n")[0]!.slice(0, 80).includes("\0");
  return isBinary ? { kind: "foreign", what: "binary data, but no program" } : { kind: "other" };
}

/** First bytes of programs for other systems than Linux. */
const MAGIC: Readonly<Record<string, string>> = {
  "MZ": "Windows",
  "\xcf\xfa\xed\xfe": "macOS",
  "\xca\xfe\xba\xbe": "macOS or Java",
};

function scriptOf(line: string): ProgramFormat {
  const [first = ""] = line.split("\n");
  const [, interpreter = "", argument = ""] = /^[ \t]*([^ \t]*)[ \t]*(.*?)[ \t]*$/s.exec(first) ??
    [];
  return interpreter === "" ? { kind: "other" } : { kind: "script", interpreter, argument };
}

const CUT_OFF = { kind: "foreign", what: "a program that was cut off" } as const;

/** The type of a program header that names the loader. */
const PT_INTERP = 3;

function elfOf(head: Uint8Array): ProgramFormat {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const isLittle = head[5] === 1;
  const is64 = head[4] === 2;
  if (head.length < 20) return CUT_OFF;
  const machine = view.getUint16(18, isLittle);
  try {
    const word = (at: number) =>
      is64 ? Number(view.getBigUint64(at, isLittle)) : view.getUint32(at, isLittle);
    const table = word(is64 ? 32 : 28);
    const size = view.getUint16(is64 ? 54 : 42, isLittle);
    const count = view.getUint16(is64 ? 56 : 44, isLittle);
    for (let index = 0; index < count; index++) {
      const at = table + index * size;
      if (view.getUint32(at, isLittle) !== PT_INTERP) continue;
      const start = word(at + (is64 ? 8 : 4));
      const length = word(at + (is64 ? 32 : 16));
      // The name ends in a NUL.
      const name = head.subarray(start, start + length - 1);
      return { kind: "elf", machine, loader: new TextDecoder().decode(name) };
    }
    return { kind: "elf", machine };
  } catch (error) {
    // The headers are not among the first bytes.
    if (!(error instanceof RangeError)) throw error;
    return head.length < HEAD_BYTES ? CUT_OFF : { kind: "elf", machine };
  }
}

/** Machines that Deno runs on, and those whose programs they run, too. */
const MACHINES: Readonly<Record<string, readonly number[]>> = {
  x86_64: [62, 3],
  aarch64: [183, 40],
};
/** Names of common machines. */
const MACHINE_NAMES: Readonly<Record<number, string>> = {
  3: "x86",
  8: "MIPS",
  20: "PowerPC",
  21: "PowerPC64",
  22: "S390",
  40: "ARM",
  62: "x86_64",
  183: "aarch64",
  243: "RISC-V",
  258: "LoongArch",
};

/**
 * Returns what a file is in words, if this system cannot run it. Linux would refuse such a file;
 * execvp(3) then lets sh read it as a script, so that nobody is told.
 */
export function foreignTarget(format: ProgramFormat): string | undefined {
  if (Deno.build.os !== "linux" || hasEmulators()) return undefined;
  if (format.kind === "foreign") return format.what;
  if (format.kind !== "elf") return undefined;
  const own = MACHINES[Deno.build.arch];
  if (own === undefined || own.includes(format.machine)) return undefined;
  return `a program for ${MACHINE_NAMES[format.machine] ?? `machine ${format.machine}`}`;
}

/** Returns whether programs of other systems may be registered with binfmt_misc, or that cannot be told. */
function hasEmulators(): boolean {
  try {
    const names = Array.from(Deno.readDirSync("/proc/sys/fs/binfmt_misc"), ({ name }) => name);
    return names.some((name) => name !== "register" && name !== "status");
  } catch (error) {
    return !(error instanceof Deno.errors.NotFound);
  }
}
