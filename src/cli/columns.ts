/**
 * Columns of items: the values that one item has, by a separator, by CSV, or as it comes from several sources.
 *
 * @module
 */
import { compileRegExp } from "../base/regexps.ts";
import { findEndless } from "../output/protocol/backtracking.ts";
import { UsageError } from "./errors.ts";

/** The columns of a job's items. */
export interface Columns {
  /** Their names, if the items have a header. */
  readonly names?: readonly string[];
  /** How many there are, if all items have the same number. */
  readonly count?: number;
  /** Returns the values of an item. */
  readonly valuesOf: (item: string) => readonly string[];
}

/** How the values of one line are found. */
export type LineFormat = Pick<Columns, "valuesOf"> & {
  /** The byte between fields of CSV. */
  readonly delimiter?: number;
};

/**
 * Returns how lines are split into columns; undefined if they are not.
 *
 * @throws {UsageError} If the separator is not possible.
 */
export function lineFormat(
  { colsep, csv }: { colsep?: string; csv: boolean },
): LineFormat | undefined {
  if (csv) return csvFormat(colsep ?? ",");
  return colsep === undefined ? undefined : { valuesOf: splitter(colsep) };
}

/** Returns the function that splits at a regular expression. As in GNU parallel, blanks around a value are no part of it. */
function splitter(colsep: string): (line: string) => string[] {
  const pattern = readPattern(colsep);
  if (new RegExp(pattern, "").test("")) {
    const hint = `that matches the empty text: write '\\${colsep}' for the character itself`;
    throw wrongSeparator(colsep, "a regular expression that matches some text", hint);
  }
  const endless = findEndless(new RegExp(pattern, pattern.unicode ? "u" : ""));
  if (endless !== undefined) {
    throw wrongSeparator(
      colsep,
      "a regular expression that does not match the same text in two ways, as it would block the run",
      `it takes longer and longer for texts such as ${JSON.stringify(endless)}`,
    );
  }
  return (line) => {
    const values: string[] = [];
    let from = 0;
    for (const { index, 0: text } of line.matchAll(pattern)) {
      values.push(line.slice(from, index));
      from = index + text.length;
    }
    return [...values, line.slice(from)].map((value) => value.trim());
  };
}

/** Other programs allow a backslash before any character; with the flag `u`, only some may have one. */
function readPattern(colsep: string): RegExp {
  try {
    return compileRegExp(colsep, "gu");
  } catch {
    try {
      return compileRegExp(colsep, "g");
    } catch (error) {
      throw wrongSeparator(colsep, "a regular expression", (error as Error).message);
    }
  }
}

function csvFormat(delimiter: string): LineFormat {
  const character = delimiter === "\\t" ? "\t" : delimiter;
  if (!/^[\t -~]$/.test(character) || character === '"') {
    throw wrongSeparator(delimiter, "one ASCII character with --csv, such as ';' or '\\t'");
  }
  return {
    delimiter: character.charCodeAt(0),
    valuesOf: (record) => parseRecord(record, character),
  };
}

function wrongSeparator(value: string, wanted: string, reason?: string): UsageError {
  const suffix = reason === undefined ? "" : ` (${reason})`;
  return new UsageError(`--colsep must be ${wanted}: current value is "${value}"${suffix}`);
}

/** Returns the fields of a record of CSV (RFC 4180). Text after a closing quote belongs to the field. */
export function parseRecord(record: string, delimiter = ","): string[] {
  const fields: string[] = [];
  let at = 0;
  for (;;) {
    let field = "";
    if (record[at] === '"') {
      at++;
      for (;;) {
        const quote = record.indexOf('"', at);
        const end = quote < 0 ? record.length : quote;
        field += record.slice(at, end);
        at = end + 1;
        if (record[at] !== '"') break;
        field += '"';
        at++;
      }
    }
    const next = record.indexOf(delimiter, at);
    const end = next < 0 ? record.length : next;
    field += record.slice(at, end);
    fields.push(field);
    if (next < 0) return fields;
    at = next + 1;
  }
}

/**
 * Makes the item of values from several sources: joins them with blanks. A backslash comes before a blank or a backslash in a
 * value, so that no two rows make the same item, and `read` of a shell gets the values back.
 */
export function joinValues(values: readonly string[]): string {
  return values.map((value) => value.replace(/[\\ ]/g, "\\$&")).join(" ");
}

/** Returns the values of an item of {@linkcode joinValues}. */
export function splitValues(item: string): string[] {
  const values: string[] = [];
  let value = "";
  for (let at = 0; at < item.length; at++) {
    if (item[at] === " ") {
      values.push(value);
      value = "";
      continue;
    }
    if (item[at] === "\\") at++;
    value += item[at] ?? "";
  }
  return [...values, value];
}
