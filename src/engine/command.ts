/**
 * Command of an attempt: asks `getCommand` for it, checks it, and completes its environment.
 *
 * @module
 */
import { argumentCost } from "../base/argument_space.ts";
import { errorMessage, showValue } from "../base/errors.ts";
import { readEnv } from "../base/env.ts";
import { toPath } from "../base/paths.ts";
import { isPromiseLike } from "../base/promises.ts";
import { checkedCommand } from "../launchers/checked_command.ts";
import { LaunchError, type WorkerCommand } from "../launchers/launcher.ts";
import { attemptIdOf, OUTER_IDS, outerIdsOf, outerIdsText, residentIdOf } from "../model/names.ts";
import type { WorkerState } from "../model/types.ts";
import { unknownField } from "../model/value_types.ts";
import { gpuVariables, prefixed, threadVariables, type WorkerSetup } from "./worker_setup.ts";

/**
 * Returns the command of an attempt: its words, or parts with environment and working directory. It is called for every
 * attempt. If it throws, the attempt is CRASHED with that error. Its worker waits for the promise until the run is stopped;
 * after ten seconds, a warning says so.
 */
export type GetCommand = (
  worker: WorkerState,
) => readonly string[] | CommandParts | Promise<readonly string[] | CommandParts>;

type GivenCommand = readonly string[] | CommandParts;

/** The parts of a command, and no other fields. No shell sees its arguments. */
export interface CommandParts {
  /** Name or path of the program. */
  command: string;
  /** Its arguments. */
  args: readonly string[];
  /** Added to the environment of the executor. `EXECUTOR_RUN_ID` and `EXECUTOR_ATTEMPT_ID` are set in any case. */
  env?: Readonly<Record<string, string>>;
  /** Working directory; that of the executor if left out. */
  cwd?: string | URL;
}

/** Facts about the run that a worker finds in its environment. */
export interface RunFacts {
  readonly runId: string;
  /** The number of items; absent if it was not known at the start. */
  readonly totalItems?: number;
  /** The number of the process, from 1, if it is a resident one of its worker. */
  readonly residentNumber?: number;
  /** What the worker may use. */
  readonly setup?: WorkerSetup;
}

/** Thrown if `getCommand` throws an error, or returns something that is no command. */
export class CommandError extends Error {
  override readonly name = "CommandError";
  /** Whether another attempt would end the same way. */
  readonly permanent: boolean;

  constructor(message: string, options: ErrorOptions & { permanent: boolean }) {
    super(message, options);
    this.permanent = options.permanent;
  }
}

/**
 * Asks for a worker's command and completes its environment. Returns a promise only if `getCommand` does, or if there is no
 * command: most are there at once, and nothing has to wait for them then. (Rows spawn and spawn-journal of bench/.) The promise
 * rejects with a {@linkcode CommandError} if there is no command, and with a {@linkcode LaunchError} if it cannot be passed to
 * a program.
 */
export function resolveCommand(
  getCommand: GetCommand,
  worker: WorkerState,
  facts: RunFacts,
): WorkerCommand | Promise<WorkerCommand> {
  const asked = facts.residentNumber === undefined ? worker : withoutRange(worker);
  const complete = (given: GivenCommand) => completeCommand(toCommand(given), worker, facts);
  try {
    const given = ask(getCommand, asked);
    return given instanceof Promise ? given.then(complete) : complete(given);
  } catch (error) {
    return Promise.reject(error);
  }
}

function completeCommand(
  { command, args, env, cwd }: WorkerCommand,
  worker: WorkerState,
  facts: RunFacts,
): WorkerCommand {
  const { residentNumber, setup = {} } = facts;
  const completeEnv = {
    ...workerEnvironment(worker, facts, env),
    ...threadVariables(setup, env),
    ...env,
    ...gpuVariables(setup),
    ...ids(worker, facts),
  };
  const stdin = residentNumber === undefined ? undefined : "piped";
  return prefixed(checkedCommand({ command, args, cwd, env: completeEnv, stdin }), setup);
}

/** Returns a worker whose process is for any range. */
function withoutRange({ item: _item, items: _items, ...worker }: WorkerState): WorkerState {
  return { ...worker, attempt: 0, extraData: { startIndex: 0, endIndex: 0, range: -1 } };
}

function ask(getCommand: GetCommand, worker: WorkerState): GivenCommand | Promise<GivenCommand> {
  try {
    // The executor keeps its own: a caller that changes what it was given changes nothing else.
    const given = getCommand({ ...worker, extraData: { ...worker.extraData } });
    // Another promise than the platform's is possible in JavaScript.
    return isPromiseLike(given) ? Promise.resolve(given).catch(fail) : given;
  } catch (cause) {
    return fail(cause);
  }
}

function fail(cause: unknown): never {
  const permanent = cause instanceof LaunchError && cause.permanent;
  throw new CommandError(errorMessage(cause), { cause, permanent });
}

function toCommand(given: GivenCommand): WorkerCommand {
  const command = isArgv(given) ? { command: given[0] ?? "", args: given.slice(1) } : given;
  if (isCommand(command)) {
    if (!isArgv(given)) refuseOthers(given);
    const { cwd } = command;
    return { ...command, cwd: cwd instanceof URL ? directoryOf(cwd) : cwd };
  }
  throw new CommandError(
    `getCommand must return a non-empty array of strings, or { command, args, env?, cwd? } of strings, where cwd may be a file URL: it returned ${
      showValue(given)
    }`,
    { permanent: true },
  );
}

const PARTS = ["command", "args", "env", "cwd"] satisfies (keyof CommandParts)[];

/** Refuses a field that would have no effect, such as a slip of the keyboard. */
function refuseOthers(command: CommandParts): void {
  const unknown = unknownField(command, PARTS);
  if (unknown === undefined) return;
  const { field, reason } = unknown;
  const value = showValue(Reflect.get(command, field));
  throw new CommandError(
    `getCommand must return no field ${field}: current value is ${value} (${reason})`,
    { permanent: true },
  );
}

function directoryOf(url: URL): string {
  try {
    return toPath(url);
  } catch (cause) {
    throw new LaunchError(`working directory: ${errorMessage(cause)}`, { cause, permanent: true });
  }
}

function isArgv(given: GivenCommand): given is readonly string[] {
  return Array.isArray(given);
}

// A caller in JavaScript may return anything.
function isCommand(given: CommandParts | undefined): given is CommandParts {
  return typeof given?.command === "string" && given.command !== "" && Array.isArray(given.args) &&
    // Unlike `every`, it does not pass over holes.
    given.args.findIndex((each) => !isString(each)) < 0 &&
    (given.cwd === undefined || isString(given.cwd) || isFileUrl(given.cwd)) &&
    (given.env === undefined || isEnvironment(given.env));
}

function isString(value: unknown): value is string {
  return typeof value === "string";
}

function isFileUrl(value: unknown): boolean {
  return value instanceof URL && value.protocol === "file:";
}

function isEnvironment(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.values(value).every(isString);
}

/** The most bytes of an item in the environment: it shares its space with the arguments, which likely have the item, too. */
const MAX_ITEM_BYTES = 32 * 1024;
/** Tells a worker that it is a resident one. */
const RESIDENT = "EXECUTOR_RESIDENT";

function workerEnvironment(
  { index, attempt, extraData: { startIndex, endIndex, items = [] } }: WorkerState,
  { totalItems, residentNumber }: RunFacts,
  env: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const ofRange = {
    EXECUTOR_ATTEMPT: `${attempt}`,
    EXECUTOR_START: `${startIndex}`,
    EXECUTOR_END: `${endIndex}`,
    // Nothing else tells a list whose items are numbers from a job of numbers.
    EXECUTOR_ITEM_COUNT: `${items.length}`,
    ...(items.length === 1 && argumentCost(items[0]!) <= MAX_ITEM_BYTES
      ? { EXECUTOR_ITEM: items[0]! }
      : {}),
    // That of an executor that is itself a resident worker must not be passed on.
    ...(readEnv(RESIDENT) === undefined ? {} : { [RESIDENT]: "0" }),
  };
  return {
    EXECUTOR_WORKER: `${index}`,
    ...(residentNumber === undefined ? ofRange : { [RESIDENT]: "1" }),
    ...(totalItems === undefined ? {} : { EXECUTOR_TOTAL: `${totalItems}` }),
    // Otherwise Python buffers what it prints into a pipe.
    ...("PYTHONUNBUFFERED" in env || readEnv("PYTHONUNBUFFERED") !== undefined
      ? {}
      : { PYTHONUNBUFFERED: "1" }),
  };
}

/**
 * Returns the variables by which processes are recognized. No other value is possible: `getCommand` may pass on the environment
 * of an executor that is itself a worker, and then they would say that all belong to one attempt, this process among them.
 */
function ids(
  { index: worker, attempt, extraData: { range } }: WorkerState,
  { runId, residentNumber }: RunFacts,
): Record<string, string> {
  const id = residentNumber === undefined
    ? attemptIdOf(runId, { range, attempt })
    : residentIdOf(runId, { worker, process: residentNumber });
  return { EXECUTOR_RUN_ID: runId, EXECUTOR_ATTEMPT_ID: id, ...outerIds() };
}

/** Returns the variable that names the attempts of which this executor is a worker, if it is one. */
function outerIds(): Record<string, string> {
  // What is no id is left out.
  const outer = outerIdsOf(
    `${readEnv(OUTER_IDS) ?? ""} outer=${readEnv("EXECUTOR_ATTEMPT_ID") ?? ""}`,
  );
  return outer.length === 0 ? {} : { [OUTER_IDS]: outerIdsText(outer) };
}
