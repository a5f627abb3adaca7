/**
 * Table of the options of a job: the fields of a {@linkcode TaskConfig}, each with its flag, type, default, group and
 * help. The checks of a config, the options of the command, their help and the tables of the documentation are derived
 * from it.
 *
 * @module
 */
import type { TaskConfig } from "./config.ts";
import type { Option } from "./option.ts";
import type { Protocol } from "./protocol.ts";
import { haltOn, retryCauses, retryDelay } from "./failure_types.ts";
import { cpus, gpus, niceness, threads } from "./slot_types.ts";
import { createdFile, loadLimit, startOrder, startRate } from "./start_types.ts";
import {
  above,
  boolean,
  choice,
  duration,
  integer,
  knownFields,
  path,
  size,
  type ValueType,
  wrongInteger,
  wrongType,
} from "./value_types.ts";

/** The options that are fields of a config. */
export const CONFIG_OPTIONS = {
  totalItems: {
    flag: "-n, --total <items>",
    type: integer(0),
    group: "Items",
    help: "Number of items; they are numbered from 0",
    isDaily: true,
  },
  items: {
    flag: "--items <file>",
    type: iterable(),
    group: "Items",
    help: "File of items, one per line; - is stdin",
    isDaily: true,
  },
  chunkSize: {
    flag: "-c, --chunk-size <items>",
    type: chunkSize(),
    defaultText: "one range per worker",
    group: "Items",
    help: "Items per range, auto, or a time such as 200ms",
    details:
      "auto makes four ranges per worker; a time makes ranges that take about as long, also of items from a pipe",
    isDaily: true,
  },
  stdin: {
    flag: "--stdin",
    type: choice("lines", "nul"),
    defaultText: "stdin is empty",
    group: "Items",
    help: "Hand items to workers on stdin, one per line",
    details: "With -0, each ends in a NUL",
  },
  order: {
    flag: "--order <order>",
    type: startOrder(),
    default: "given",
    group: "Items",
    help: "Order: shuffle, largest, longest:JOURNAL",
    details: "SEED in shuffle:SEED repeats an order; longest is by the times in a journal",
  },
  creates: {
    flag: "--creates <path>",
    type: createdFile(),
    group: "Items",
    help: "Skip an item whose file is there: out/{}.png",
    details:
      "The item runs if it is newer than that file, and fails if its worker does not make the file",
  },
  numWorkers: {
    flag: "-w, --workers <n>",
    type: integer(1),
    defaultText: "one per CPU",
    group: "Workers",
    help: "Workers at once",
    details: "Elsewhere, what the launcher has room for",
    isDaily: true,
  },
  protocol: {
    flag: "--progress-pattern <pattern>",
    type: protocolFactory(),
    group: "Workers",
    help: "Program name or regex to read progress by",
  },
  startDelay: {
    flag: "--delay <time>",
    type: duration(0),
    group: "Workers",
    help: "Least time between two starts",
  },
  memory: {
    flag: "--memory <size>",
    type: size({ min: 2 ** 20 }),
    group: "Workers",
    help: "Most memory of one worker, such as 4G",
    details: "One that has more is ended, with the cause out-of-memory",
  },
  rate: {
    flag: "--rate <starts>",
    type: startRate(),
    group: "Workers",
    help: "Most starts in some time: 5/s, 50/m, 1000/h",
    details: "Each range of a resident worker counts as a start",
  },
  memoryFree: {
    flag: "--memory-free <size>",
    type: size({ min: 1 }),
    group: "Workers",
    help: "Start while that much memory is free: 2G, 512M",
  },
  load: {
    flag: "--load <load>",
    type: loadLimit(),
    group: "Workers",
    help: "Start while fewer threads run: 80% of the CPUs, or 6",
  },
  gracePeriod: {
    flag: "--grace-period <time>",
    type: duration(),
    default: 10_000,
    group: "Workers",
    help: "Time that workers get to end",
  },
  maxRetries: {
    flag: "-r, --retries <n>",
    type: integer(0),
    default: 0,
    group: "Failures",
    help: "Retries of a failed range",
    details: "GNU parallel counts all tries: 3 there is 2 here",
    isDaily: true,
  },
  timeout: {
    flag: "--timeout <time>",
    type: duration(),
    group: "Failures",
    help: "Longest time for one attempt: 30s, 1h30m, 2d",
    isDaily: true,
  },
  stallTimeout: {
    flag: "--stall-timeout <time>",
    type: duration(),
    group: "Failures",
    help: "Longest time without progress or message",
  },
  runTimeout: {
    flag: "--run-timeout <time>",
    type: duration(),
    group: "Failures",
    help: "Longest time for the whole run",
  },
  retryDelay: {
    flag: "--retry-delay <delay>",
    type: retryDelay(),
    default: 1_000,
    group: "Failures",
    help: "Delay before a retry",
    details: "Full form: first,factor,max,jitter",
  },
  retryOn: {
    flag: "--retry-on <causes>",
    type: retryCauses(),
    defaultText: "all",
    group: "Failures",
    help: "Retry only these exit codes and causes: 3,timeout",
    details:
      "Causes: exit, signal, timeout, stall, slow, reported, incomplete, oom; docs/statuses.md has all",
    needs: [{ field: "maxRetries", min: 1 }],
  },
  noRetryOn: {
    flag: "--no-retry-on <causes>",
    type: retryCauses(),
    group: "Failures",
    help: "Do not retry these exit codes and causes: 2,oom",
  },
  maxTemporary: {
    flag: "--temporary-retries <n>",
    type: integer(0),
    default: 10,
    group: "Failures",
    help: "Retries after exit code 75, a temporary failure",
  },
  retryFrom: {
    flag: "--retry-from <where>",
    type: choice("start", "checkpoint"),
    default: "start",
    group: "Failures",
    help: "Where a retry begins",
    details: "A checkpoint is the last PROGRESS",
  },
  strict: {
    flag: "--strict",
    type: boolean(),
    default: false,
    group: "Failures",
    help: "Fail a range whose progress falls short",
  },
  haltOn: {
    flag: "--halt-on <limit>",
    type: haltOn(),
    group: "Failures",
    help: "Failures after which the run gives up",
    details: "3:drain lets workers end, 1:kill ends them",
  },
  slowAfter: {
    flag: "--slow-after <times>",
    type: above(1),
    group: "Failures",
    help: "Warn at this multiple of the median time",
  },
  killSlow: {
    flag: "--kill-slow",
    type: boolean(),
    default: false,
    group: "Failures",
    help: "End slow attempts and try them again",
    needs: [{ field: "slowAfter" }, { field: "maxRetries", min: 1 }],
  },
  isolate: {
    flag: "--isolate",
    type: boolean(),
    default: false,
    group: "Failures",
    help: "Split a range around an item that always fails",
    needs: [{ field: "maxRetries", min: 1 }],
  },
  resident: {
    flag: "--resident",
    type: boolean(),
    default: false,
    group: "Workers",
    help: "Start workers once; they get ranges on stdin",
  },
  lifespan: {
    flag: "--lifespan <ranges>",
    type: integer(1),
    group: "Workers",
    help: "Ranges after which a resident worker is replaced",
    needs: [{ field: "resident" }],
  },
  readyTimeout: {
    flag: "--ready-timeout <time>",
    type: duration(),
    default: 300_000,
    group: "Workers",
    help: "Longest time to a resident worker's first answer",
    needs: [{ field: "resident" }],
  },
  gpus: {
    flag: "--gpus <gpus>",
    type: gpus(),
    group: "Workers",
    help: "GPUs to hand out: a number, ids (0,2,3) or auto",
    details: "A worker finds its own in {gpu} and CUDA_VISIBLE_DEVICES",
  },
  perGpu: {
    flag: "--per-gpu <n>",
    type: integer(1),
    default: 1,
    group: "Workers",
    help: "Workers that share a GPU",
    needs: [{ field: "gpus" }],
  },
  threads: {
    flag: "--threads <n>",
    type: threads(),
    group: "Workers",
    help: "Threads per worker, in OMP_NUM_THREADS and the like",
    details: "With auto, the CPUs divided by the workers; {cpus} is that number",
  },
  cpus: {
    flag: "--cpus <n>",
    type: cpus(),
    group: "Workers",
    help: "CPUs that each worker has for itself",
  },
  nice: {
    flag: "--nice <n>",
    type: niceness(),
    group: "Workers",
    help: "Niceness added to workers: 10 lets others go first",
  },
  results: {
    flag: "--results <dir>",
    type: path(),
    group: "Output",
    help: "Directory for output and exit code of each range",
  },
  logDir: {
    flag: "--log-dir <dir>",
    type: path(),
    group: "Output",
    help: "Directory for all output of each attempt",
  },
  gridCols: {
    flag: "--grid-cols <n>",
    type: integer(1),
    defaultText: "what fits",
    group: "Watching",
    help: "Columns of the grid",
  },
  maxLost: {
    flag: "--lost-retries <n>",
    type: integer(0),
    default: 10,
    group: "Elsewhere",
    help: "Retries after a node failure",
  },
  maxLaunchFailures: {
    flag: "--launch-retries <n>",
    type: integer(0),
    defaultText: "20; 2 if no resident worker ever answers",
    group: "Elsewhere",
    help: "Retries after a failed launch",
  },
} satisfies { readonly [F in keyof TaskConfig]-?: Option<NonNullable<TaskConfig[F]>> };

function iterable(): ValueType<Iterable<string> | AsyncIterable<string>> {
  return {
    syntax: "string",
    check(value, name) {
      const isIterable = typeof value === "object" && value !== null &&
        (Symbol.iterator in value || Symbol.asyncIterator in value);
      if (!isIterable) throw wrongType(name, "an iterable of strings", value);
      return value;
    },
  };
}

function chunkSize(): ValueType<NonNullable<TaskConfig["chunkSize"]>> {
  const wanted = 'a positive integer, "auto" or a time';
  return {
    syntax: "chunk-size",
    check(value, name) {
      if (value === "auto") return value;
      if (typeof value === "number" && Number.isSafeInteger(value) && value >= 1) return value;
      if (typeof value === "object" && value !== null) {
        knownFields(value, { name, fields: ["time"] });
        return { time: duration().check(value.time, `${name}.time`) };
      }
      throw wrongInteger(name, wanted, value);
    },
  };
}

function protocolFactory(): ValueType<() => Protocol> {
  return {
    syntax: "progress-pattern",
    check(value, name) {
      if (typeof value === "function") return value;
      throw wrongType(name, "a function that makes a handler for each attempt", value);
    },
  };
}
