/**
 * Origin of a job: the directory, the sources of items and the options with which a program began it.
 *
 * @module
 */
import type { Count, Positive } from "./numbers.ts";
import type { Path } from "./names.ts";

/** What a program knows of its job beside the config. It is recorded, so that the job can be begun again from a journal. */
export interface JobOrigin {
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

/** Where items come from. More kinds may come in later versions. */
export type ItemSource =
  | NumbersSource
  | ListSource
  | WordsSource
  | FileSource
  | StdinSource
  | JournalSource;

/** A source that may go together with the one before it. */
export interface LinkedSource {
  /**
   * Whether its items go with those of the source before it, the first with the first. Otherwise they are combined with all
   * items of the sources before it.
   */
  readonly isLinked?: boolean;
}

/** The items are the numbers from 0 on. */
export interface NumbersSource {
  /** Names the kind. */
  readonly kind: "numbers";
  /** How many. */
  readonly total: Count;
}

/** The items are strings that a program gave. */
export interface ListSource {
  /** Names the kind. */
  readonly kind: "list";
}

/** The items are words of the command line. */
export interface WordsSource extends LinkedSource {
  /** Names the kind. */
  readonly kind: "words";
  /** The words. */
  readonly words: readonly string[];
}

/** The items are the parts of a file. */
export interface FileSource extends LinkedSource {
  /** Names the kind. */
  readonly kind: "file";
  /** The path of the file. */
  readonly path: Path;
  /** The character that ends an item. */
  readonly separator: ItemSeparator;
}

/** The items are the parts of what stdin had. */
export interface StdinSource extends LinkedSource {
  /** Names the kind. */
  readonly kind: "stdin";
  /** The character that ends an item. */
  readonly separator: ItemSeparator;
}

/** The items are those that an earlier run of the journal has read from its stdin. */
export interface JournalSource {
  /** Names the kind. */
  readonly kind: "journal";
  /** The number of lists that each of them comes from. */
  readonly lists: Positive;
}

/** The character that ends an item: a newline or a NUL. */
export type ItemSeparator = "\n" | "\0";

/** The value of an option, as the table of options checks it, in JSON. */
export type OptionValue =
  | OptionScalar
  | readonly OptionScalar[]
  | Readonly<Record<string, OptionScalar>>;

/** The value of an option without parts. */
export type OptionScalar = string | number | boolean;
