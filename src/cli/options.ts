/**
 * Options of the command: those of a job and those that only the command has, turned into options of Cliffy and read
 * back from them.
 *
 * @module
 */
import { type Command, EnumType } from "@cliffy/command";
import { DEFAULT_LEASE_MS } from "../launchers/remote/lease.ts";
import {
  type AnyOption,
  type Checked,
  checkOptions,
  CONFIG_OPTIONS,
  OPTION_GROUPS,
  type Options,
} from "../model/options.ts";
import {
  boolean,
  choice,
  ConfigError,
  duration,
  integer,
  listOf,
  path,
  text,
  type ValueType,
} from "../model/value_types.ts";
import { DEFAULT_ADDRESS, parseServeAddress, type ServeAddress } from "../report/live/address.ts";
import { UsageError } from "./errors.ts";
import { helpOf } from "./help.ts";
import { PARSERS } from "./option_types.ts";

/** A command of any type. */
// deno-lint-ignore no-explicit-any -- Cliffy's types spell every option out
export type AnyCommand = Command<any>;

/** The options of `run` that are not fields of a config. */
const COMMAND_OPTIONS = {
  // The command takes the path of a file.
  items: { ...CONFIG_OPTIONS.items, type: path() },
  perProcess: {
    flag: "--per-process <n>",
    type: integer(1),
    defaultText: "1",
    group: "Items",
    help: "String items per process",
  },
  null: {
    flag: "-0, --null",
    type: boolean(),
    default: false,
    group: "Items",
    help: "Items end in a NUL, as find -print0 prints them",
    needs: [{ field: "items" }],
  },
  output: {
    flag: "--output <mode>",
    type: choice("ordered", "live", "none"),
    default: "none",
    group: "Output",
    help: "Worker output on stdout",
    isDaily: true,
  },
  reporter: {
    flag: "--reporter <name>",
    type: choice("auto", "grid", "plain", "jsonl", "quiet"),
    default: "auto",
    group: "Watching",
    help: "Reporter",
    isDaily: true,
  },
  title: {
    flag: "--title <text>",
    type: text(),
    defaultText: "the command",
    group: "Watching",
    help: "Title of the run",
  },
  serve: {
    flag: "--serve [port]",
    type: serveAddress(),
    group: "Watching",
    help: "Show the page live, at [host:]port",
  },
  showLog: {
    flag: "--show-log",
    type: boolean(),
    default: false,
    group: "Watching",
    help: "Print log lines of workers above the grid",
  },
  color: {
    flag: "--color <when>",
    type: choice("auto", "always", "never"),
    default: "auto",
    group: "Watching",
    help: "Colour",
  },
  journal: {
    flag: "--journal <file>",
    type: path(),
    group: "Record",
    help: "File to record the run in",
    isDaily: true,
  },
  resume: {
    flag: "--resume",
    type: boolean(),
    default: false,
    group: "Record",
    help: "Skip what the journal records as done",
    isDaily: true,
    needs: [{ field: "journal" }],
  },
  report: {
    flag: "--report <file>",
    type: path(),
    group: "Record",
    help: "File for a report of the run, an HTML page",
    isDaily: true,
  },
  events: {
    flag: "--events <file>",
    type: path(),
    group: "Record",
    help: "File for the events, as JSON lines",
  },
  launcher: {
    flag: "--launcher <name>",
    type: choice("local", "slurm", "ssh"),
    default: "local",
    group: "Elsewhere",
    help: "Launcher",
    isDaily: true,
  },
  hosts: {
    flag: "--hosts <hosts>",
    type: text(),
    group: "Elsewhere",
    help: "Hosts for ssh, with workers: n1:8,n2:8",
    isDaily: true,
    needs: [{ field: "launcher", oneOf: ["ssh"] }],
  },
  sshConfig: {
    flag: "--ssh-config <file>",
    type: path(),
    defaultText: "~/.ssh/config",
    group: "Elsewhere",
    help: "Configuration of ssh",
    needs: [{ field: "launcher", oneOf: ["ssh"] }],
  },
  slurmQueue: {
    flag: "--slurm-queue",
    type: boolean(),
    default: false,
    group: "Elsewhere",
    help: "Queue each worker as a Slurm job of its own",
    needs: [{ field: "launcher", oneOf: ["slurm"] }],
  },
  launcherArg: {
    flag: "--launcher-arg <arg>",
    type: listOf(text()),
    group: "Elsewhere",
    help: "One more argument for srun or ssh",
    isRepeatable: true,
    needs: [{ field: "launcher", oneOf: ["slurm", "ssh"] }],
  },
  lease: {
    flag: "--lease <time>",
    type: duration(),
    default: DEFAULT_LEASE_MS,
    group: "Elsewhere",
    help: "Longest silence of a node",
    needs: [{ field: "launcher", oneOf: ["slurm", "ssh"] }],
  },
} satisfies Options;

/** The options of `run`. */
export const RUN_OPTIONS = { ...CONFIG_OPTIONS, ...COMMAND_OPTIONS };

/** The values of the options of `run`. */
export type RunValues = Checked<typeof RUN_OPTIONS>;

/** What a command does with its options. */
export interface CommandSettings<O extends Options> {
  /** The options, by their fields. */
  readonly options: O;
  /** Whether help shows them in their groups, the daily ones of a group first. */
  readonly isGrouped?: boolean;
  /** Called with the values of the options and with the other arguments before `--`. */
  readonly action: (values: Checked<O>, args: string[]) => Promise<void>;
}

/** Gives a command its options, and an action that is called with their values after they were checked. */
export function withOptions<O extends Options>(
  command: AnyCommand,
  { options, isGrouped = false, action }: CommandSettings<O>,
): AnyCommand {
  const types = new Set<string>();
  for (const option of isGrouped ? inGroups(options) : Object.values(options)) {
    const type = typeNameOf(option);
    if (!types.has(type)) addType(command, { name: type, option });
    types.add(type);
    if (isGrouped) command.group(option.group);
    const flag = option.flag.replace(/[>\]]$/, (end) => `:${type}${end}`);
    command.option(flag, helpOf(option), { collect: option.isRepeatable });
  }
  // What Cliffy adds itself, such as --help, is in no group.
  command.group(null);
  return command.action(async (given: Record<string, unknown>, ...args: string[]) => {
    refuseEmptyValues(options, command.getRawArgs());
    await action(readOptions(options, given), args);
  });
}

/** Sorts options by their groups, the daily ones of a group first. */
export function inGroups(options: Options): AnyOption[] {
  const all = Object.values(options);
  return OPTION_GROUPS.flatMap((name) => {
    const group = all.filter((option) => option.group === name);
    return [...group.filter((o) => o.isDaily), ...group.filter((o) => !o.isDaily)];
  });
}

function typeNameOf({ type, flag }: AnyOption): string {
  return type.choices === undefined ? type.syntax : longName(flag);
}

function addType(
  command: AnyCommand,
  { name, option: { type } }: { name: string; option: AnyOption },
): void {
  if (type.choices !== undefined) command.type(name, new EnumType([...type.choices]));
  const parser = PARSERS[type.syntax];
  // Cliffy has the others itself.
  if (parser !== undefined) command.type(name, parser);
}

/**
 * Reads the values of options from what Cliffy made of the command line, and checks them.
 *
 * @throws {UsageError} If one of them is wrong.
 */
export function readOptions<O extends Options>(
  options: O,
  given: Readonly<Record<string, unknown>>,
): Checked<O> {
  const values = Object.fromEntries(
    Object.entries(options).map(([field, { flag }]) => [field, given[keyOf(flag)]]),
  );
  try {
    return checkOptions(options, values as { [F in keyof O]?: unknown }, {
      nameOf: (field) => flagOf(options[field]!),
    });
  } catch (error) {
    const isOfValue = error instanceof ConfigError || error instanceof TypeError;
    throw isOfValue ? new UsageError(error.message) : error;
  }
}

/** Refuses empty values as the older version of Cliffy does; the newer one takes no notice of their options. */
function refuseEmptyValues(options: Options, args: readonly string[]): void {
  const end = args.indexOf("--");
  const words = (end < 0 ? args : args.slice(0, end)).flatMap((arg) =>
    /^-.*=$/.test(arg) ? [arg.slice(0, -1), ""] : [arg]
  );
  for (const option of Object.values(options)) {
    const [names, value] = option.flag.split(/ (?=[<[])/);
    const flags = names!.split(", ");
    const isEmpty = words.some((word, index) => flags.includes(word) && words[index + 1] === "");
    if (value === undefined || !isEmpty) continue;
    throw new UsageError(`Missing value for option "${flagOf(option)}".`);
  }
}

/** Returns the flag by which errors name an option, as in `--timeout`. */
export function flagOf({ flag }: AnyOption): string {
  return `--${longName(flag)}`;
}

/** Returns the name under which Cliffy has the value of an option. */
function keyOf(flag: string): string {
  const name = longName(flag).replace(/^no-/, "");
  return name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}

function longName(flag: string): string {
  return /--([\w-]+)/.exec(flag)![1]!;
}

/** Makes the type of addresses to serve at: `[host:]port`, or `true` for any free port of this machine. */
function serveAddress(): ValueType<string | true, ServeAddress> {
  const wanted = "a port, or a host and a port such as 0.0.0.0:8080";
  return {
    syntax: "string",
    check(value, name) {
      if (value === true) return DEFAULT_ADDRESS;
      const address = parseServeAddress(text().check(value, name));
      if (address === undefined) throw new ConfigError(name, { wanted, value });
      return address;
    },
  };
}
