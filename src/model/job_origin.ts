/**
 * Origin of a job: the directory, the sources of items and the options with which a program began it.
 *
 * @module
 */
import type { Count, Positive } from "./numbers.ts";
import type { Path, RunName } from "./names.ts";

/** What a journal records of a job beside its config, so that the same command line can be run again from it. */
export interface JobOrigin {
  /** The name of the run, for people; several runs may have the same one. */
  readonly name?: RunName;
  /** The working directory: relative paths of the command, the sources and the options are relative to it. */
  readonly directory?: Path;
  /** The sources of the items, in the order in which they were given. */
  readonly sources?: readonly ItemSource[];
  /** The names of the columns of the items, if their first line had them. */
  readonly columns?: readonly string[];
  /**
   * The options that were given, by their fields: those of a `TaskConfig`, and those that only the program has. Defaults
   * are left out.
   */
  readonly options?: Readonly<Record<string, OptionValue>>;
}

/**
 * Where items come from:
 *
 * - `numbers`: the numbers from 0 on, of which there are `total`.
 * - `list`: strings that a program gave.
 * - `words`: words of the command line.
 * - `file`: the parts of the file at `path`. Each of them ends in the `separator`: a newline or a NUL.
 * - `stdin`: the parts of what stdin had, in the same way.
 * - `journal`: the items that an earlier run of the journal has read from its stdin, each combined from so many `lists`.
 *
 * With `isLinked`, the items go with those of the source before it, the first with the first. Otherwise they are combined
 * with all items of the sources before it. More kinds may come in later versions.
 */
export type ItemSource =
  | {
    /** The items are the numbers from 0 on. */
    readonly kind: "numbers";
    /** How many. */
    readonly total: Count;
  }
  | {
    /** The items are strings that a program gave. */
    readonly kind: "list";
  }
  | {
    /** The items are words of the command line. */
    readonly kind: "words";
    /** Whether its items go with those of the source before it, the first with the first. */
    readonly isLinked?: boolean;
    /** The words. */
    readonly words: readonly string[];
  }
  | {
    /** The items are the parts of a file. */
    readonly kind: "file";
    /** Whether its items go with those of the source before it, the first with the first. */
    readonly isLinked?: boolean;
    /** The path of the file. */
    readonly path: Path;
    /**
     * The character that ends an item: a newline or a NUL.
     *
     * @pattern ^[\n\u0000]$
     */
    readonly separator: string;
  }
  | {
    /** The items are the parts of what stdin had. */
    readonly kind: "stdin";
    /** Whether its items go with those of the source before it, the first with the first. */
    readonly isLinked?: boolean;
    /**
     * The character that ends an item: a newline or a NUL.
     *
     * @pattern ^[\n\u0000]$
     */
    readonly separator: string;
  }
  | {
    /** The items are those that an earlier run of the journal has read from its stdin. */
    readonly kind: "journal";
    /** The number of lists that each of them comes from. */
    readonly lists: Positive;
  };

/** The sources of one or more kinds. */
export type SourceOf<Kind extends ItemSource["kind"]> = Extract<
  ItemSource,
  { readonly kind: Kind }
>;

/** The character that ends an item: a newline or a NUL. */
export type ItemSeparator = "\n" | "\0";

/** The value of an option, as JSON. */
export type OptionValue =
  | string
  | number
  | boolean
  | readonly (string | number | boolean)[]
  | Readonly<Record<string, string | number | boolean>>;
