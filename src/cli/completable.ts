/**
 * Parts of command lines that a shell can complete, told from the tables of options.
 *
 * @module
 */
import type { AnyOption } from "../model/option.ts";
import { PRESET_NAMES } from "../output/protocol/presets.ts";
import { helpOf } from "./help.ts";
import { type HelpSubject, usageOf } from "./help_page.ts";

/** The values of an option or an argument. */
export type Values =
  | { readonly kind: "words"; readonly words: readonly string[] }
  | { readonly kind: "files" | "directories" | "journals" | "hosts" | "runs" }
  /** A person types them. */
  | { readonly kind: "free" };

/** An option, for completion. */
export interface CompletableOption {
  /** Its flags, in all spellings. */
  readonly flags: readonly string[];
  readonly help: string;
  /** Its values; absent if it has none. */
  readonly values?: Values;
  /** Whether it may be given without a value. */
  readonly isOptional: boolean;
  readonly isRepeatable: boolean;
}

/** A command, for completion. */
export interface Completable {
  readonly name: string;
  readonly summary: string;
  readonly options: readonly CompletableOption[];
  /** What its argument may be; absent if it has none. */
  readonly argument?: Values;
  /** Whether a command comes after `--`. */
  readonly hasCommand: boolean;
}

/** The shells that there are completions for. */
export const SHELLS = ["bash", "zsh", "fish"] as const;

/** The values of an option or an argument, by the name of its placeholder. */
const BY_PLACEHOLDER: Readonly<Record<string, Values>> = {
  file: { kind: "files" },
  dir: { kind: "directories" },
  hosts: { kind: "hosts" },
  journal: { kind: "journals" },
  run: { kind: "runs" },
  shell: { kind: "words", words: SHELLS },
  pattern: { kind: "words", words: PRESET_NAMES },
};
/** Values that are worth offering, by the flags of options of other programs. */
const BY_SYNONYM: Readonly<Record<string, Values>> = {
  "--arg-file": { kind: "files" },
  "--halt": { kind: "words", words: ["now,fail=1", "soon,fail=1", "never"] },
  "--halt-on-error": { kind: "words", words: ["now,fail=1", "soon,fail=1", "never"] },
};

/** Returns what can be completed for a command. */
export function toCompletable({ name, command, syntax }: HelpSubject): Completable {
  const options = Object.values<AnyOption>(syntax.options).map(toOption);
  const synonyms = Object.entries(syntax.synonyms ?? {}).map(([flag, { hasValue }]) => ({
    flags: [flag],
    help: "An option of GNU parallel and xargs.",
    values: hasValue ? BY_SYNONYM[flag] ?? { kind: "free" as const } : undefined,
    isOptional: false,
    isRepeatable: false,
  }));
  const helps = ["--help", ...(syntax.reference === undefined ? [] : ["--help-all"])];
  const words = usageOf(command).replace("[options]", "").replace(/ --.*$/s, "");
  const argument = /[<[](\w+)[>\]]/.exec(words)?.[1];
  return {
    name,
    summary: command.getShortDescription(),
    options: [
      ...options,
      ...synonyms,
      ...helps.map((flag) => ({
        flags: flag === "--help" ? ["-h", flag] : [flag],
        help: "Show help.",
        isOptional: false,
        isRepeatable: false,
      })),
    ],
    argument: argument === undefined ? undefined : BY_PLACEHOLDER[argument],
    hasCommand: syntax.hasCommand,
  };
}

function toOption(option: AnyOption): CompletableOption {
  const { flag, aliases = [], type: { choices }, isRepeatable } = option;
  const [names = "", placeholder] = flag.split(/ (?=[<[])/);
  return {
    flags: [...names.split(", "), ...aliases],
    help: helpOf(option).split("\n")[0]!,
    values: placeholder === undefined ? undefined : valuesOf(names, { placeholder, choices }),
    isOptional: placeholder?.startsWith("[") === true,
    isRepeatable: isRepeatable === true,
  };
}

function valuesOf(
  names: string,
  { placeholder, choices }: { placeholder: string; choices?: readonly string[] },
): Values {
  if (choices !== undefined) return { kind: "words", words: choices };
  if (names === "--journal") return { kind: "journals" };
  return BY_PLACEHOLDER[placeholder.slice(1, -1)] ?? { kind: "free" };
}

/** Shell code, the same for all shells, that prints the hosts which ssh knows, one a line. */
export const LIST_HOSTS = [
  String
    .raw`{ sed -n 's/^[[:space:]]*[Hh][Oo][Ss][Tt][[:space:]=][[:space:]=]*//p' ~/.ssh/config |`,
  String.raw`  tr -s ' \t' '\n\n' | grep -v '[*?!"]'`,
  String.raw`  sed -e '/^[|#@]/d' -e 's/[[:space:]].*//' ~/.ssh/known_hosts | tr ',' '\n' |`,
  String.raw`  sed -e 's/^\[\(.*\)\].*/\1/' -e '/[*?!]/d' -e '/^$/d'`,
  "} 2>/dev/null | sort -u",
].join("\n  ");

/** Shell code, the same for all shells, that prints the names of the runs which go on, one a line. */
export const LIST_RUNS = [
  "find \"${TMPDIR:-/tmp}/executor-$(id -u)\" -name '*.lock' -exec",
  String.raw`  sed -n 's/^{"name":"\([A-Za-z0-9._-]*\)".*/\1/p' {} + 2>/dev/null | sort -u`,
].join(" \\\n  ");
