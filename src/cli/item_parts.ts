/**
 * Parts of an item that is a path: the folder, the name, the extension.
 *
 * @module
 */
import { dirname, parse } from "../base/path_parts.ts";
import type { ColumnPart } from "../model/placeholders.ts";

/** Returns a part of an item. */
export type PartOf = (item: string) => string;

/** Returns the folder of a path; never empty, so that a slash and a name can follow. */
export const folderOf: PartOf = (item) => parse(item).dir || ".";
/** Returns the name of a path without the folder; slashes at the end do not count. */
export const baseOf: PartOf = (item) => parse(item).base;
/** Returns that name without its extension. */
export const stemOf: PartOf = (item) => parse(item).name;
/** Returns the extension with its dot; empty for a name such as `.bashrc`. */
export const extensionOf: PartOf = (item) => parse(item).ext;

/** Removes the extension as `{.}` of GNU parallel does; it takes `.bashrc` for an extension. */
const withoutExtension: PartOf = (item) => item.replace(/\.[^/.]*$/, "");
/** Removes the folder as `{/}` of GNU parallel does: nothing is left of a path that ends in a slash. */
const withoutFolder: PartOf = (item) => item.slice(item.lastIndexOf("/") + 1);
/** Returns the folder as `{//}` of GNU parallel does. */
const dirnameOf: PartOf = (item) => dirname(item).replace(/(?<=[^/])\/+$/, "");

/** The parts of a column. */
export const PARTS: Readonly<Record<ColumnPart, PartOf>> = {
  "": (value) => value,
  ".dir": folderOf,
  ".base": baseOf,
  ".stem": stemOf,
  ".ext": extensionOf,
  ".": withoutExtension,
  "/": withoutFolder,
  "//": dirnameOf,
  "/.": (value) => withoutExtension(withoutFolder(value)),
};
