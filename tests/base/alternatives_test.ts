import { assertEquals } from "@std/assert";
import { alternatives } from "../../src/base/alternatives.ts";

Deno.test("alternatives are a list with one or", () => {
  const texts = [[], ["a"], ["a", "b"], ["a", "b", "c"]].map(alternatives);
  assertEquals(texts, ["", "a", "a or b", "a, b or c"]);
});
