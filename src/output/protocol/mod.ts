/**
 * Protocols: they read progress from the lines of workers. There is one for the prefixes `PROGRESS:`, `STATUS:` and
 * `MESSAGE:`, one for patterns, and the interface for your own.
 *
 * @example
 * ```ts
 * import { SubprocessExecutor } from "@lambdawaker/executor";
 * import { PatternProtocol } from "@lambdawaker/executor/protocol";
 * import { assert } from "@std/assert";
 *
 * const protocol = () => new PatternProtocol(/(?<done>\d+) done/);
 * const executor = new SubprocessExecutor({ totalItems: 2, protocol }, () => ["echo", "1 done"]);
 * assert((await executor.run()).ok);
 * ```
 *
 * @module
 */
import "../../base/require_deno.ts";

export type { OutputStream, Protocol, Signal } from "../../model/protocol.ts";
export { PatternProtocol } from "./pattern.ts";
export { ProtocolHandler } from "./prefixes.ts";
export { PRESET_NAMES, type PresetName, PROGRESS_PRESETS } from "./presets.ts";
