import { Random } from "../../helpers/random.ts";

const PIECES = [" ", "", "'", '"', "\n", "\\", "$HOME", "$(id)", "`id`", "ü", "€", "😀", "*", "~"];
const MORE = ["-n", "--", "a", "|", ";", "&", "\t", "!", "#", "%s", "{}", "\x1e", "=", "\r"];

/** Lists of arguments that a shell would like to read otherwise. */
export function argvSamples(): string[][] {
  const random = new Random(6);
  const pieces = [...PIECES, ...MORE];
  const word = () => Array.from({ length: random.integer(6) }, () => random.pick(pieces)).join("");
  return [
    pieces,
    ["", "", ""],
    ["\n", "a\n\n", "\n\n\n"],
    ...Array.from({ length: 9 }, () => Array.from({ length: 1 + random.integer(8) }, word)),
  ];
}

/** The bytes of a text as `od -tx1` writes them, without blanks. */
export function hex(text: string): string {
  return Array.from(new TextEncoder().encode(text), (byte) => byte.toString(16).padStart(2, "0"))
    .join("");
}
