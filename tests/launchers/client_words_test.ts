import { assertEquals } from "@std/assert";
import { tellingLine } from "../../src/launchers/client_words.ts";

Deno.test("of what a client says, the reason is told, not how it is to be used", () => {
  const ssh = "unknown option -- Z\nusage: ssh [-46AaCfGgKkMNnqsTtVvXxYy] [-B bind_interface]\n" +
    "           destination [command [argument ...]]\n";
  assertEquals(tellingLine(ssh), "unknown option -- Z");
  const srun = `srun: unrecognized option '--foo'\nTry "srun --help" for more information\n`;
  assertEquals(tellingLine(srun), "srun: unrecognized option '--foo'");
  const key = "No ED25519 host key is known.\r\nHost key verification failed.\r\n";
  assertEquals(tellingLine(key), "Host key verification failed.");
  assertEquals(tellingLine("\n"), undefined);
});
