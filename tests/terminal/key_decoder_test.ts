import { assertEquals } from "@std/assert";
import { KeyDecoder } from "../../src/terminal/key_decoder.ts";

/** Decodes chunks, and then what is held back. */
function keys(...chunks: string[]): string[] {
  const decoder = new KeyDecoder();
  const bytes = chunks.map((chunk) => new TextEncoder().encode(chunk));
  return [...bytes.flatMap((chunk) => decoder.decode(chunk)), ...decoder.flush()];
}

const CASES: [what: string, chunks: string[], keys: string[]][] = [
  ["characters", ["q+"], ["q", "+"]],
  ["a character outside of ASCII", ["é🦕"], ["é", "🦕"]],
  ["arrows", ["\x1b[A\x1b[B\x1b[C\x1b[D"], ["ArrowUp", "ArrowDown", "ArrowRight", "ArrowLeft"]],
  ["arrows in application mode", ["\x1bOA\x1bOD"], ["ArrowUp", "ArrowLeft"]],
  ["arrows with Ctrl", ["\x1b[1;5A"], ["ArrowUp"]],
  ["Enter, as CR or LF", ["\r\n"], ["Enter", "Enter"]],
  ["Escape", ["\x1b"], ["Escape"]],
  ["Escape twice", ["\x1b\x1b"], ["Escape", "Escape"]],
  ["Escape before an arrow", ["\x1b\x1b[A"], ["Escape", "ArrowUp"]],
  ["an arrow that is cut", ["\x1b", "[", "B", "q"], ["ArrowDown", "q"]],
  ["keys without a name", ["\x1b[3~\x1b[15~\x1b[Hq"], ["q"]],
  ["a character with Alt", ["\x1bqf"], ["f"]],
  ["a sequence that never ends", ["\x1b[1;"], []],
];

for (const [what, chunks, expected] of CASES) {
  Deno.test(`KeyDecoder decodes ${what}`, () => assertEquals(keys(...chunks), expected));
}

Deno.test("KeyDecoder decodes any sequence the same, wherever it is cut", () => {
  const text = "a\x1b[A\x1bOB\r\x1b[1;2Cé\x1b[3~z";
  const whole = keys(text);
  for (let at = 1; at < text.length; at++) {
    assertEquals(keys(text.slice(0, at), text.slice(at)), whole, `cut at ${at}`);
  }
});
