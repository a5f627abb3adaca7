// Resident workers of the command line: what is refused, and lists of items.
import { assertEquals, assertStringIncludes } from "@std/assert";
import { runCli } from "../helpers/cli.ts";

const WORKER = new URL("../fixtures/resident_worker.sh", import.meta.url).pathname;

const REFUSED: [args: string[], message: string][] = [
  [["-n", "4", "--", "true", "{start}"], "{start} is not known when a resident worker starts"],
  [["--", "true", "{}", ":::", "a"], "{} is not known when a resident worker starts"],
  [["--colsep", ",", "--", "true", "{2}", ":::", "a,b"], "{2} is not known when"],
  [["-n", "4", "--", "true", "{attempt}"], "{attempt} is not known when"],
  [["-n", "4", "--stdin", "--", "true"], "--stdin cannot be used with --resident"],
  [["-n", "4", "--dry-run", "--", "true"], "--dry-run prints the command of each range"],
  [["-n", "4", "--lifespan", "0", "--", "true"], "--lifespan must be a positive integer"],
];

for (const [args, message] of REFUSED) {
  Deno.test(`executor run --resident ${args.join(" ")} is refused`, async () => {
    const { code, stderr } = await runCli(["run", "--resident", ...args]);
    assertEquals(code, 2);
    assertStringIncludes(stderr, message);
  });
}

Deno.test("a list on stdin is that of resident workers, without --items -", async () => {
  const script = "echo $start $items";
  const args = ["run", "--resident", "-w", "1", "-k", "--reporter", "quiet", "--"];
  const { code, stdout } = await runCli([...args, "sh", WORKER, script], { input: "a\nb c\n" });
  assertEquals([code, stdout], [0, "0 a\n1 b c\n"]);
});
