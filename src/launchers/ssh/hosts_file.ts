/**
 * A file of hosts, which may change while a run goes on.
 *
 * @module
 */
import { every, systemClock } from "../../base/clock.ts";
import { errorMessage } from "../../base/errors.ts";
import { isAbsolutePath } from "../../base/paths.ts";
import { escapeHidden } from "../../base/surrogate_escape.ts";
import { ConfigError } from "../../model/value_types.ts";
import { parseHost, type SshHost } from "./hosts.ts";

/** How often the file is looked at, in milliseconds. */
const LOOK_MS = 2_000;

/**
 * Parses a host per line, such as `n1:8`. What follows a `#` is a comment.
 *
 * @throws {SyntaxError} If a line is wrong, or there is no host; the message names the line.
 */
export function parseHostLines(text: string): SshHost[] {
  const hosts = new Map<string, SshHost & { readonly line: number }>();
  for (const [index, whole] of text.split("\n").entries()) {
    const line = index + 1;
    const part = whole.replace(/#.*/, "").trim();
    if (part === "") continue;
    const host = parseHost(part);
    if (host === undefined) {
      const shown = escapeHidden(part);
      throw new SyntaxError(`line ${line} must be a host with its workers, not "${shown}"`);
    }
    const other = hosts.get(host.name);
    if (other !== undefined) {
      throw new SyntaxError(`line ${line} has ${host.name} again, which is in line ${other.line}`);
    }
    hosts.set(host.name, { ...host, line });
  }
  if (hosts.size === 0) throw new SyntaxError("it has no host");
  return Array.from(hosts.values(), ({ name, workers }) => ({ name, workers }));
}

/** Options of {@linkcode HostsFile.watch}. */
export interface WatchOptions {
  /** Called with the hosts when they have changed. */
  readonly onChange: (hosts: readonly SshHost[]) => void;
  /** Called with a sentence for each fault of the file; once, until it has another one. */
  readonly warn: (text: string) => void;
  /** Milliseconds between two looks; 2 s if left out. */
  readonly interval?: number;
}

/** The file, and the hosts that it had when it was last right. */
export class HostsFile {
  readonly #path: string;
  #hosts: readonly SshHost[];
  /** What the system told of the file when it was read. */
  #readAt: string;

  private constructor(path: string, read: { hosts: readonly SshHost[]; stamp: string }) {
    this.#path = path;
    this.#hosts = read.hosts;
    this.#readAt = read.stamp;
  }

  /**
   * Reads the file.
   *
   * @throws {ConfigError} If it cannot be read, or is wrong.
   */
  static open(path: string): HostsFile {
    // The working directory may be another one later.
    const absolute = isAbsolutePath(path) ? path : `${Deno.cwd()}/${path}`;
    try {
      const stamp = stampOf(Deno.statSync(absolute));
      const hosts = parseHostLines(Deno.readTextFileSync(absolute));
      return new HostsFile(absolute, { hosts, stamp });
    } catch (error) {
      const wanted = "a file with a host and its workers in each line, such as n1:8";
      throw new ConfigError("hostsFile", { wanted, value: path, reason: reasonOf(error) });
    }
  }

  /** The hosts. */
  get hosts(): readonly SshHost[] {
    return this.#hosts;
  }

  /** Reads the file again when it has changed, until what is returned is disposed of. */
  watch({ interval = LOOK_MS, ...options }: WatchOptions): Disposable {
    const watched = {
      ...options,
      seen: this.#readAt,
      readAt: this.#readAt,
      hosts: this.#hosts,
      fault: "",
      isLooking: false,
      isOver: false,
    };
    const timer = every(systemClock, interval, () => {
      // A file system that hangs is asked once.
      if (watched.isLooking) return;
      watched.isLooking = true;
      this.#look(watched).finally(() => watched.isLooking = false);
    });
    return {
      [Symbol.dispose]: () => {
        watched.isOver = true;
        timer[Symbol.dispose]();
      },
    };
  }

  async #look(watched: Watched): Promise<void> {
    const stamp = await this.#stamp();
    const isSettled = stamp === watched.seen;
    watched.seen = stamp;
    // A file that changes at every look is still being written. What is no file, such as a pipe, is read only at the start.
    if (!isSettled || stamp === watched.readAt || watched.isOver) return;
    watched.readAt = this.#readAt = stamp;
    try {
      if (stamp === NO_FILE) throw new Error("it is no file any more");
      const hosts = parseHostLines(await Deno.readTextFile(this.#path));
      watched.fault = "";
      if (watched.isOver || JSON.stringify(hosts) === JSON.stringify(watched.hosts)) return;
      watched.hosts = this.#hosts = hosts;
      watched.onChange(hosts);
    } catch (error) {
      const fault = reasonOf(error);
      if (fault === watched.fault || watched.isOver) return;
      watched.fault = fault;
      watched.warn(`the hosts stay as they were, as ${this.#path} cannot be used: ${fault}`);
    }
  }

  async #stamp(): Promise<string> {
    try {
      return stampOf(await Deno.stat(this.#path));
    } catch {
      return "gone";
    }
  }
}

/** What is known of a file that is watched. */
interface Watched extends Omit<WatchOptions, "interval"> {
  /** What the system told of it at the last look. */
  seen: string;
  /** What the system told of it when it was read. */
  readAt: string;
  /** The hosts that were told last. */
  hosts: readonly SshHost[];
  /** The fault that was warned of. */
  fault: string;
  isLooking: boolean;
  isOver: boolean;
}

/** Stands for what is no file: a pipe would be empty at the second read, or hold up who reads it. */
const NO_FILE = "none";

/** Returns what changes with a file. */
function stampOf({ isFile, mtime, size, ino, dev }: Deno.FileInfo): string {
  return isFile ? [mtime?.getTime(), size, ino, dev].join(" ") : NO_FILE;
}

/** Returns what is wrong with a file, without its path. */
function reasonOf(error: unknown): string {
  return errorMessage(error).replace(/ \(os error.*$/s, "");
}
