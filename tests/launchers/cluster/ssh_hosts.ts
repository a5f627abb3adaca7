import { until } from "../../helpers/processes.ts";
import { freePort } from "../../helpers/free_port.ts";
import { endProcess, mustRun, pidIn } from "./daemon.ts";
import { descendants, isAlive, signal } from "./process_tree.ts";

/** Two sshd on this machine, which `n1` and `n2` lead to. */
export class SshHosts implements AsyncDisposable {
  /** What ssh is to read. */
  readonly config: string;
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
    this.config = `${folder}/config`;
  }

  /** Brings them up, with more lines for sshd's configuration; fails when that cannot be. */
  static async up(
    { knowsKeys = true, sshd = "" }: { knowsKeys?: boolean; sshd?: string } = {},
  ): Promise<SshHosts> {
    const folder = await Deno.makeTempDir({ dir: "/tmp", prefix: "sshd-" });
    const hosts = new SshHosts(folder);
    try {
      await hosts.#start(knowsKeys, sshd);
      return hosts;
    } catch (error) {
      await hosts[Symbol.asyncDispose]();
      throw new Error(`the ssh hosts cannot be brought up: ${error}`);
    }
  }

  /** All processes of a host: its sshd, the connections, and what runs in them. */
  processes(host: string): number[] {
    const pid = pidIn(this.#pidFile(host));
    return pid === undefined ? [] : [pid, ...descendants(pid)];
  }

  /** Kills a host with all that runs there, as a power failure would. */
  async kill(host: string): Promise<void> {
    const doomed = this.processes(host);
    for (const pid of doomed) signal(pid, "SIGKILL");
    await until(() => !doomed.some(isAlive), `all of ${host} is dead`);
  }

  /** Ends all that was started. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const host of ["n1", "n2"]) {
      const left = this.processes(host);
      await endProcess(left[0]);
      for (const pid of left) signal(pid, "SIGKILL");
    }
    await Deno.remove(this.#folder, { recursive: true });
  }

  #pidFile(host: string): string {
    return `${this.#folder}/${host}.pid`;
  }

  async #start(knowsKeys: boolean, sshd: string): Promise<void> {
    const folder = this.#folder;
    for (const name of ["user", "host"]) {
      await mustRun("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", `${folder}/${name}`]);
    }
    await Deno.copyFile(`${folder}/user.pub`, `${folder}/authorized`);
    const user = (await mustRun("id", ["-un"])).trim();
    const key = (await Deno.readTextFile(`${folder}/host.pub`)).trim();
    const ports = { n1: freePort(), n2: freePort() };
    const config = Object.entries(ports).map(([host, port]) =>
      `Host ${host}\n  HostName 127.0.0.1\n  Port ${port}\n`
    );
    config.push(`Host *
  User ${user}
  IdentityFile ${folder}/user
  IdentitiesOnly yes
  UserKnownHostsFile ${folder}/known
  GlobalKnownHostsFile /dev/null
`);
    await Deno.writeTextFile(this.config, config.join(""));
    const known = Object.values(ports).map((port) => `[127.0.0.1]:${port} ${key}\n`);
    await Deno.writeTextFile(`${folder}/known`, knowsKeys ? known.join("") : "");
    await Deno.mkdir("/run/sshd", { recursive: true });
    for (const [host, port] of Object.entries(ports)) await this.#startOne(host, port, sshd);
  }

  async #startOne(host: string, port: number, more: string): Promise<void> {
    const folder = this.#folder;
    // With another HOME, no login shell does what somebody's own files ask for.
    await Deno.writeTextFile(
      `${folder}/${host}.conf`,
      `Port ${port}
ListenAddress 127.0.0.1
HostKey ${folder}/host
AuthorizedKeysFile ${folder}/authorized
PidFile ${this.#pidFile(host)}
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
SetEnv HOME=${folder}
${more}
`,
    );
    const sshd = (await mustRun("sh", ["-c", "command -v sshd"])).trim();
    await mustRun(sshd, ["-f", `${folder}/${host}.conf`, "-E", `${folder}/${host}.log`]);
    await until(() => pidIn(this.#pidFile(host)) !== undefined, `sshd of ${host} runs`);
  }
}
