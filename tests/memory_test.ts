// A conductor that reads eight flooding workers keeps its memory flat, and still draws.
import { assert } from "@std/assert";

Deno.test("memory does not grow with what workers print", async () => {
  const fixture = new URL("fixtures/reads_flood.ts", import.meta.url).pathname;
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", fixture],
    stderr: "inherit",
  }).output();
  const { rssEarly, rssLate, bytesRead, frames } = JSON.parse(new TextDecoder().decode(stdout));
  const told = JSON.stringify({ rssEarly, rssLate, bytesRead, frames });
  assert(bytesRead > 30_000_000, `too little was read to tell: ${told}`);
  assert(rssLate < 1.5 * rssEarly, told);
  assert(frames >= 5, told);
});
