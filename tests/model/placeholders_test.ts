import { assertEquals } from "@std/assert";
import { namedRange, placeholdersIn } from "../../src/model/placeholders.ts";

Deno.test("placeholders are words in braces; other braces stand for themselves", () => {
  assertEquals(placeholdersIn("a{start}-{item.stem}{}{{end}"), [
    "start",
    "item.stem",
    "",
    undefined,
  ]);
  assertEquals(placeholdersIn('{ print $1 } {"a":1} {a-b}'), []);
});

Deno.test("a command names its whole range, its start only, or nothing of it", () => {
  assertEquals(namedRange(["x", "{start}", "{end}"]), "whole");
  assertEquals(namedRange(["x", "from={start},n={count}"]), "whole");
  assertEquals(namedRange(["x", "{start}.png"]), "start");
  assertEquals(namedRange(["x", "{start}", "{{end}"]), "start");
  assertEquals(namedRange(["x", "{{start}", "start"]), "nothing");
});
