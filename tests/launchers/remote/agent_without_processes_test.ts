// An agent on a machine where no process can be started any more: it cannot keep the lease, and does not leave its worker alone.
import { assertEquals } from "@std/assert";
import type { WorkerCommand } from "@lambdawaker/executor/launchers";
import type { RemoteProcess } from "../../../src/launchers/remote/remote_process.ts";
import { agentIn, SHELLS } from "../../helpers/agent.ts";
import { LINUX, needs, ROOT, testWith } from "../../helpers/needs.ts";
import { asUser, freshUser } from "../../helpers/other_user.ts";
import { processesWith, uniqueMark, until } from "../../helpers/processes.ts";

/** For a minute, takes all processes that can be started, and each that becomes free. SIGTERM does not end it. */
const TAKES_ALL = `
  $SIG{TERM} = "IGNORE";
  my $end = time + 60;
  while (time < $end) {
    my $pid = fork;
    if (!defined $pid) { select undef, undef, undef, 0.01 }
    elsif (!$pid) { sleep 60; exit }
  }
`;

// bash tries again for 15 seconds. By then, the executor has ended the connection: here, that is the agent itself.
for (const shell of SHELLS.filter(([program]) => program !== "bash")) {
  testWith(
    `agent in ${shell.join(" ")}: a worker that takes all processes is killed with its group`,
    needs(LINUX, ROOT, "setpriv", "perl", "setsid", shell[0]!),
    async () => {
      const mark = uniqueMark();
      const command: WorkerCommand = {
        command: "perl",
        args: ["-e", TAKES_ALL, mark],
        env: { EXECUTOR_ATTEMPT_ID: `${crypto.randomUUID()}.0.1` },
      };
      const agent = agentIn(asUser(freshUser(), shell, 30), { lease: 3_000 });
      const worker = await agent.launch(command) as RemoteProcess;
      for (const stream of [worker.stdout, worker.stderr]) stream.cancel();
      await until(() => processesWith(mark).length > 5, "it has taken them");
      await until(() => processesWith(mark).length === 0, "they are killed");
      assertEquals((await worker.status).kind, "lost");
      await worker.closed;
    },
  );
}
