// Regular expressions that a person has written.
import { assertEquals, assertThrows } from "@std/assert";
import { compileRegExp } from "../../src/base/regexps.ts";

Deno.test("a regular expression that is too large is refused when it is compiled", () => {
  const nested = `${"(".repeat(20_000)}a${")".repeat(20_000)}`;
  assertThrows(() => compileRegExp(nested), SyntaxError);
  assertThrows(() => compileRegExp("("), SyntaxError);
});

Deno.test("a search with a compiled one begins at the start of a text", () => {
  const pattern = compileRegExp("a?", "g");
  assertEquals([pattern.lastIndex, pattern.exec("a")?.[0]], [0, "a"]);
});
