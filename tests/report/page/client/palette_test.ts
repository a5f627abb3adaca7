import { assertEquals } from "@std/assert";
import { labelColor } from "../../../../src/report/page/client/palette.ts";

Deno.test("labels are black or white, whichever has more contrast", () => {
  assertEquals(["#000000", "#0b7d5a", "#c2410c"].map(labelColor), Array(3).fill("#ffffff"));
  assertEquals(["#ffffff", "#5aa9d6", "#c98500"].map(labelColor), Array(3).fill("#000000"));
});
