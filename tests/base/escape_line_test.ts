import { assertEquals } from "@std/assert";
import { escapeLine } from "../../src/base/escape_line.ts";

Deno.test("escapeLine() makes one line of any text, another one for each", () => {
  assertEquals(escapeLine("a\tb\nc\rd\0e\\n"), "a\\tb\\nc\\rd\\0e\\\\n");
  assertEquals(escapeLine("ä ​1"), "ä ​1");
});
