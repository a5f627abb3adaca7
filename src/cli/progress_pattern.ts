/**
 * The value of `--progress-pattern`.
 *
 * @module
 */
import { errorMessage } from "../base/errors.ts";
import { PatternProtocol } from "../output/protocol/pattern.ts";
import type { Protocol } from "../model/protocol.ts";
import { PRESET_NAMES, type PresetName, PROGRESS_PRESETS } from "../output/protocol/presets.ts";
import { UsageError } from "./errors.ts";

/** Reads the name of a program whose progress is known, or else a regular expression. */
export function progressPatternType({ value }: { value: string }): () => Protocol {
  const patterns = Object.hasOwn(PROGRESS_PRESETS, value)
    ? PROGRESS_PRESETS[value as PresetName]
    : compile(value);
  try {
    new PatternProtocol(patterns);
  } catch {
    throw wrong(
      "have a group (?<done>…), (?<percent>…) or (?<message>…), or be one of " +
        PRESET_NAMES.join(", "),
      `current value is "${value}"`,
    );
  }
  return () => new PatternProtocol(patterns);
}

function compile(source: string): RegExp {
  try {
    return new RegExp(source);
  } catch (error) {
    throw wrong("be a regular expression of JavaScript", errorMessage(error));
  }
}

function wrong(wanted: string, fact: string): UsageError {
  return new UsageError(`--progress-pattern must ${wanted}: ${fact}`);
}
