// The reaper, where no process can be started any more: it kills the groups of the workers all the same.
import { assertEquals } from "@std/assert";
import { REAPER_SCRIPT } from "../../../src/launchers/local/reaper.ts";
import { LINUX, needs, ROOT, testWith } from "../../helpers/needs.ts";
import { asUser, freshUser } from "../../helpers/other_user.ts";
import { killIfThere, processesWith, uniqueMark, until } from "../../helpers/processes.ts";

const QUIET = { stdin: "null", stdout: "null", stderr: "null" } as const;

for (const shell of [["dash"], ["bash"], ["busybox", "sh"]]) {
  const name = shell.join(" ");
  const options = needs(LINUX, ROOT, shell[0]!, "setpriv", "setsid");
  testWith(`${name}: a reaper that can start no process kills the groups`, options, async () => {
    const [mark, user] = [uniqueMark(), freshUser()];
    // Two processes in the group of a worker, and one that is none of its concern.
    const wait = "trap '' TERM; kill -STOP $$";
    const start = (script: string, name: string) => {
      const [command = "", ...args] = asUser(user, [
        "setsid",
        "sh",
        "-c",
        script,
        `${mark}-${name}`,
      ]);
      return new Deno.Command(command, { args, ...QUIET }).spawn();
    };
    const children = [
      start(`sh -c "trap '' TERM; kill -STOP \\$\\$" "$0" & ${wait}`, "worker"),
      start(wait, "other"),
    ];
    try {
      const counts = () =>
        ["worker", "other"].map((name) => processesWith(`${mark}-${name}`).length);
      await until(() => `${counts()}` === "2,1", "they are there");
      const [first] = processesWith(`${mark}-worker`);
      const stat = () => Deno.readTextFileSync(`/proc/${first}/stat`).split(") ")[1]!.split(" ");
      await until(() => stat()[0] === "T", "it waits");
      const values = [crypto.randomUUID(), "1", "", "0"];
      const line = [...shell, "-c", REAPER_SCRIPT, "executor-reaper", ...values];
      // It is the fourth one.
      const [command = "", ...args] = asUser(user, line, 4);
      const reaper = new Deno.Command(command, { ...QUIET, args, stdin: "piped" }).spawn();
      const input = reaper.stdin.getWriter();
      const lines = `+ 1 \n- 1\n+ ${stat()[2]} ${values[0]}.0.1\n+ x77 ${values[0]}.1.1\n`;
      await input.write(new TextEncoder().encode(lines));
      await input.close();
      await reaper.status;
      await until(() => `${counts()}` === "0,1", "the group is killed, and nothing else");
      assertEquals(processesWith(values[0]!), []);
    } finally {
      for (const pid of processesWith(mark)) killIfThere(pid);
      for (const child of children) await child.status;
    }
  });
}
