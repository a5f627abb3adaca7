import { assert, assertEquals } from "@std/assert";
import { terminalJson } from "../../src/base/terminal_json.ts";

Deno.test("terminalJson() is the same value, without any control", () => {
  const all = Array.from({ length: 0x100 }, (_, code) => String.fromCharCode(code)).join("");
  const value = { [all]: [all, { all }] };
  for (const indent of [undefined, 2]) {
    const json = terminalJson(value, { indent });
    assertEquals(JSON.parse(json), value);
    assert(/^[\P{Cc}\n]*$/u.test(json), "no control");
    assertEquals(json.includes("\n"), indent !== undefined);
  }
  assertEquals(terminalJson(["é\x9b2J\x7f"]), '["é\\u009b2J\\u007f"]');
});
