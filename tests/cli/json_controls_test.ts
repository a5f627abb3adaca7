// JSON for programs that a person prints on a terminal: names and output of workers give it no commands.
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { ControlPlace } from "../helpers/control.ts";

/** An item that clears the screen of a terminal with controls of eight bits. */
const ITEM = "a\x9b2Jb\x7f";
const SHOWN = "a\\u009b2Jb\\u007f";

Deno.test("status and ls print, and hooks get, JSON without a control character", async () => {
  await using place = new ControlPlace();
  const hook = `cat >>${place.folder}/hook`;
  const { child } = await place.start([
    ...["--title", ITEM, "--on-failure", hook, "-w", "2"],
    ...["--", "sh", "-c", 'test "$0" = wait && exec sleep 60; echo "$0"; exit 1'],
    ...[":::", ITEM, "wait"],
  ]);
  await place.cli("wait", "it", "--until", "failed>=1");
  const texts: string[] = [];
  for (const args of [["status", "it", "--json"], ["ls", "--json"]]) {
    const { code, stdout } = await place.cli(...args);
    assertEquals(code, 0);
    texts.push(stdout);
  }
  const [status] = texts;
  const { title, failures: [failure] } = JSON.parse(status!);
  assertEquals([title, failure.items, failure.log], [ITEM, [ITEM], [ITEM]]);
  await place.cli("stop", "it");
  await child.status;
  texts.push(await Deno.readTextFile(`${place.folder}/hook`));
  for (const text of texts) {
    assert(/^[\P{Cc}\n]+$/u.test(text), JSON.stringify(text));
    assertStringIncludes(text, SHOWN);
  }
});
