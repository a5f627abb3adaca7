// What `executor logs` says of failures that have printed nothing, and if there is nothing at all.
import { assertEquals } from "@std/assert";
import { ControlPlace } from "../helpers/control.ts";

Deno.test("logs tells the reason of failures that have printed nothing, and why there is nothing at all", async () => {
  await using place = new ControlPlace();
  const logs = async (...args: string[]) => {
    const { code, stdout, stderr } = await place.cli("logs", ...args);
    return [code, stdout, stderr.split("\n")[0]];
  };
  const script = "case $0 in bad) exit 3;; long) exec sleep 60;; esac";
  const words = ["-w", "2", "--", "sh", "-c", script, ":::", "good", "long", "bad"];
  const { child } = await place.start(words);
  await place.cli("wait", "it", "--until", "failed and items=1");
  const reason = "executor: no lines are kept of item 2 (bad): FAILED, exit code 3";
  assertEquals(await logs("it"), [0, "", reason]);
  assertEquals(await logs("it", "--failed"), [0, "", reason]);
  assertEquals(await logs("it", "--grep", "bad"), [0, "", ""]);
  assertEquals(await logs("it", "bad"), [1, "", reason]);
  child.kill("SIGTERM");
  await child.status;
  assertEquals(await logs("it"), [0, "", reason]);
  assertEquals(await logs("it", "bad"), [1, "", reason]);

  await place.start(["-n", "1", "--", "sleep", "60"], { name: "fine" });
  assertEquals(await logs("fine"), [
    ...[0, ""],
    "executor: nothing at work has printed a line, and nothing has failed",
  ]);
  assertEquals(await logs("fine", "--failed"), [0, "", "executor: nothing has failed"]);
  await place.cli("run", "--name", "done", "-n", "1", "--", "echo", "words");
  assertEquals(await logs("done"), [
    ...[0, ""],
    "executor: nothing has failed, and only a run with --log-dir DIR keeps the lines of what is done",
  ]);
});
