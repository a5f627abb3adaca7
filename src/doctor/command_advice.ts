/**
 * Advice for the language of a worker, which is guessed from its command.
 *
 * @module
 */
import { quote } from "../base/shell.ts";
import { type Advice, code } from "./finding.ts";

/** A language with its own advice. */
export type Language = "python" | "javascript" | "shell" | "other";

const PROGRAMS: readonly (readonly [Language, RegExp])[] = [
  ["python", /^(?:python|pypy)[\d.]*$|\.pyw?$/],
  ["javascript", /^(?:node|nodejs|deno|bun|tsx|npx|npm)$|\.[cm]?[jt]s$/],
  ["shell", /^(?:ba|da|k|z)?sh$|\.sh$/],
];

/** Guesses the language. A program that a shell starts counts more than the shell. */
export function guessLanguage(argv: readonly string[]): Language {
  const words = argv.flatMap((arg) => arg.split(/\s+/)).map((word) => word.replace(/^.*\//, ""));
  const found = PROGRAMS.find(([, pattern]) => words.some((word) => pattern.test(word)));
  return found?.[0] ?? "other";
}

/** Returns the code that prints the three signals. */
export function protocolAdvice(argv: readonly string[]): Advice[] {
  switch (guessLanguage(argv)) {
    case "python":
      return code(
        'print(f"PROGRESS: {n}", flush=True)    # after each item: n are done',
        'print(f"MESSAGE: {name}", flush=True)  # what it is doing',
        'print("STATUS: SUCCESS", flush=True)   # at the end, when all went well',
      );
    case "shell":
      return code(
        'echo "PROGRESS: $n"     # after each item: n are done',
        'echo "MESSAGE: $name"   # what it is doing',
        'echo "STATUS: SUCCESS"  # at the end, when all went well',
      );
    case "javascript":
      return code(
        "console.log(`PROGRESS: ${n}`);    // after each item: n are done",
        "console.log(`MESSAGE: ${name}`);  // what it is doing",
        'console.log("STATUS: SUCCESS");   // at the end, when all went well',
      );
    case "other":
      return code(
        'Python  print(f"PROGRESS: {n}", flush=True)  # after each item: n are done',
        'sh      echo "PROGRESS: $n"',
        "Node    console.log(`PROGRESS: ${n}`);",
        'C       printf("PROGRESS: %d\\n", n); fflush(stdout);',
      );
  }
}

/** Returns advice on how to print without a buffer. */
export function flushAdvice(template: readonly string[]): (Advice | string)[] {
  switch (guessLanguage(template)) {
    case "python":
      return [
        "Run Python with -u, or flush after each line:",
        ...code("python3 -u …", "print(…, flush=True)"),
        "The executor sets PYTHONUNBUFFERED=1, but something removes it: python3 -E or -I, " +
        "env -i or -u, sudo, a container, or an empty value. Or Python starts another program, " +
        "which buffers its output: put stdbuf -oL before that one.",
      ];
    case "javascript":
      return [
        "console.log writes at once, but a logging library may collect lines first, and " +
        "process.exit() drops output that is not written yet: set process.exitCode and let the " +
        "program end. To write at once in any case:",
        ...code('require("node:fs").writeSync(1, `PROGRESS: ${n}\\n`);'),
      ];
    case "shell":
      return [
        "echo and printf of a shell write at once. Programs that the script starts may not, and " +
        "filters (| sed, | grep, | awk) do not:",
        ...code("stdbuf -oL program …", "… | sed -u …", "… | grep --line-buffered …"),
        "For a Python program in the script: python3 -u.",
      ];
    case "other":
      return [
        "Flush after each line, or make the program flush at the end of each line:",
        ...code(
          "C, C++  setvbuf(stdout, NULL, _IOLBF, 0);  // first thing in main()",
          "C       fflush(stdout);                    // after each line",
          "Perl    $| = 1;",
          "Ruby    $stdout.sync = true",
        ),
        "A program in C that cannot be changed:",
        ...code(`stdbuf -oL ${template.slice(0, 1).map(quote).join("")} …`),
      ];
  }
}
