import { assertEquals } from "@std/assert";
import { displayText } from "../../../src/report/history/display_text.ts";

Deno.test("displayText() drops control characters, and cuts long texts", () => {
  assertEquals(displayText("\x1b[31mred\x1b]0;title\x07 \u202egnp.exe", 100), "red gnp.exe");
  assertEquals(displayText("abcdef", 6), "abcdef");
  assertEquals(displayText("abcdefg", 6), "abcde…");
  assertEquals(displayText("🦕".repeat(10), 6), "🦕🦕…");
  assertEquals(displayText("x".repeat(1_000_000), 6), "xxxxx…");
});
