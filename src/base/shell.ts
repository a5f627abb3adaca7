/**
 * Quoting of text for a POSIX shell.
 *
 * @module
 */

/**
 * Matches words that no shell reads as anything else. Braces are fine around a name, as in `{start}`; `{a,b}` and `{1..3}`
 * would be expanded by bash.
 */
const PLAIN = /^(?:[\w@%+=:,./-]|\{[\w:]*(?:\.\w+)?\})+$/;

/** Returns a word that a POSIX shell reads as this text: the text itself where that is safe, else in single quotes. */
export function quote(text: string): string {
  return PLAIN.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** A statement that sets the variable which {@linkcode quoteInLine} takes line breaks from. */
export const SET_NEWLINE = `executor_nl=$(printf "\\nx") executor_nl=\${executor_nl%x}`;

/** Quotes a text as {@linkcode quote} does, without a line break in the result; {@linkcode SET_NEWLINE} must run before. */
export function quoteInLine(text: string): string {
  return quote(text).replaceAll("\n", `'"$executor_nl"'`);
}

/** Words that begin a statement of a shell; in quotes, they are the names of programs. */
const RESERVED = new Set(
  "case coproc do done elif else end esac fi for foreach function if in nocorrect noglob repeat select then time until while"
    .split(" "),
);
/** Control characters but for tabs and line breaks, which can be pasted and do no harm in a terminal. */
// deno-lint-ignore no-control-regex
const CONTROLS = /([\0-\x08\x0b-\x1f\x7f-\x9f]+)/;

/** A command as a person would type it. */
export interface TypedCommand {
  readonly argv: readonly string[];
  /** Variables that are set for it. */
  readonly env?: Readonly<Record<string, string>>;
  /** The directory that it runs in, if that is another one. */
  readonly cwd?: string;
}

/**
 * Returns a command for a POSIX shell, to be pasted or piped into one. It holds no control characters that a terminal would
 * obey. Line breaks of arguments stand in quotes.
 */
export function typeCommand(
  { argv: [program = "", ...args], env = {}, cwd }: TypedCommand,
): string {
  const variables = Object.entries(env).map(([name, value]) => `${name}=${typeWord(value)}`);
  const isMisread = program.includes("=") || RESERVED.has(program);
  const name = isMisread && quote(program) === program ? `'${program}'` : typeWord(program);
  const line = [...variables, name, ...args.map(typeWord)].join(" ");
  return cwd === undefined ? line : `(cd ${typeWord(cwd)} && ${line})`;
}

function typeWord(text: string): string {
  // An equals sign at the start makes a path of a word in zsh.
  if (text.startsWith("=") && quote(text) === text) return `'${text}'`;
  if (!CONTROLS.test(text)) return quote(text);
  return text.split(CONTROLS).filter((part) => part !== "")
    .map((part) => CONTROLS.test(part) ? `"$(printf '${octal(part)}')"` : quote(part)).join("");
}

function octal(text: string): string {
  const bytes = new TextEncoder().encode(text);
  return Array.from(bytes, (byte) => `\\${byte.toString(8).padStart(3, "0")}`).join("");
}
