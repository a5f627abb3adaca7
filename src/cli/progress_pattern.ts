/**
 * The value of `--progress-pattern`.
 *
 * @module
 */
import { errorMessage } from "../error_message.ts";
import { PatternProtocol } from "../protocol/pattern.ts";
import type { ProtocolHandler } from "../protocol/protocol.ts";
import { TOOL_NAMES, TOOL_PATTERNS, type ToolName } from "../protocol/tools.ts";
import { UsageError } from "./usage_error.ts";

/** Reads the name of a program whose progress is known, or else a regular expression. */
export function progressPatternType({ value }: { value: string }): () => ProtocolHandler {
  const patterns = Object.hasOwn(TOOL_PATTERNS, value)
    ? TOOL_PATTERNS[value as ToolName]
    : compile(value);
  try {
    new PatternProtocol(patterns);
  } catch {
    throw wrong(
      "have a group (?<done>…), (?<percent>…) or (?<message>…), or be one of " +
        TOOL_NAMES.join(", "),
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
