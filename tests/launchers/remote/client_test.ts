import { assertEquals } from "@std/assert";
import { lastErrorLine } from "../../../src/launchers/remote/client.ts";

Deno.test("of what a client says, the reason is told, not how it is to be used", () => {
  const ssh = "unknown option -- Z\nusage: ssh [-46AaCfGgKkMNnqsTtVvXxYy] [-B bind_interface]\n" +
    "           destination [command [argument ...]]\n";
  assertEquals(lastErrorLine(ssh), "unknown option -- Z");
  const srun = `srun: unrecognized option '--foo'\nTry "srun --help" for more information\n`;
  assertEquals(lastErrorLine(srun), "srun: unrecognized option '--foo'");
  const key = "No ED25519 host key is known.\r\nHost key verification failed.\r\n";
  assertEquals(lastErrorLine(key), "Host key verification failed.");
  assertEquals(lastErrorLine("\n"), undefined);
});
