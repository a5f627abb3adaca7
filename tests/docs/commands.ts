/**
 * The commands of README.md and docs/: finds their blocks, and says which cannot be run here.
 *
 * @module
 */

/** A block of commands. */
export interface Block {
  readonly page: string;
  /** The number of its first line. */
  readonly line: number;
  readonly text: string;
}

/** Blocks that cannot be run by a test, by what they contain, and why. Each row must be needed. */
export const NOT_RUN: readonly (readonly [pattern: RegExp, why: string])[] = [
  [/\btask test\b/, "it is the run of which this test is a part; .ci/run runs it as written"],
  [
    /--launcher (?:slurm|ssh)|\b(?:sbatch|srun)\b/,
    "it needs a cluster; deno task test:cluster brings one up",
  ],
  [/http:\/\/host\//, "it needs that server"],
  [/\bjsr:/, "it needs JSR, where this version is not published yet"],
];

/** Pages whose blocks another test runs. */
export const RUN_ELSEWHERE: Readonly<Record<string, string>> = {
  "docs/coming-from.md": "coming_from_test.ts compares each call with the other program's",
};

/** Blocks that end with another code than 0, by what they contain. */
export const EXIT_CODES: readonly (readonly [pattern: RegExp, code: number])[] = [
  [/\bdoctor -- sh /, 1],
];

/** Programs that not every machine has. */
const PROGRAMS = ["bash", "curl", "ffmpeg", "find", "gzip", "node", "parallel", "python3", "rsync"];

/** Examples that start other programs. */
const EXAMPLES: Readonly<Record<string, string>> = { "hash_tree.ts": "python3" };

/** Returns the blocks of commands of a page. */
export function blocksOf(page: string, text: string): Block[] {
  const blocks = text.matchAll(/^( *)```sh\n([^]*?)\n\1```$/gm);
  return Array.from(blocks, ({ 0: all, 1: indent, 2: block, index }) => {
    const before = text.slice(0, index + all.indexOf("\n") + 1);
    const lines = block!.split("\n").map((line) => line.slice(indent!.length));
    return { page, line: before.split("\n").length, text: lines.join("\n") };
  });
}

/** Returns why a block is not run; undefined if it is. */
export function whyNotRun({ text }: Block): string | undefined {
  return NOT_RUN.find(([pattern]) => pattern.test(text))?.[1];
}

/** Returns the exit code that a block should have. */
export function exitCodeOf({ text }: Block): number {
  return EXIT_CODES.find(([pattern]) => pattern.test(text))?.[1] ?? 0;
}

/**
 * Returns for each block the programs that it needs. One that works on files in /tmp, or on a journal, also needs what the
 * blocks before it need that name the same files.
 */
export function programsOf(blocks: readonly Block[]): string[][] {
  const ofFiles = new Map<string, Set<string>>();
  return blocks.map(({ text }) => {
    const words: readonly string[] = text.match(/[\w.-]+/g) ?? [];
    const ofExamples = words.flatMap((word) => EXAMPLES[word] ?? []);
    const programs = new Set(PROGRAMS.filter((p) => words.includes(p)).concat(ofExamples));
    const files: readonly string[] = text.match(/\/tmp\/\w+|\b[\w-]+\.jsonl\b/g) ?? [];
    for (const file of files) for (const one of ofFiles.get(file) ?? []) programs.add(one);
    for (const file of files) ofFiles.set(file, programs);
    return Array.from(programs);
  });
}
