/**
 * Checks of values from outside, from which those of a journal's events are composed.
 *
 * @module
 */

/** A value that is not as it must be. */
export interface Fault {
  /** Where it is, from the checked value on: `.counts.SUCCESS`, `[2]`; empty for that value itself. */
  readonly path: string;
  /** What it must be, in words. */
  readonly expected: string;
  readonly value: unknown;
}

/** Returns the first fault of a value. Returns undefined if there is none. */
export type Check = (value: unknown) => Fault | undefined;

/** Checks of the fields of an object, by name. */
export type FieldChecks = Readonly<Record<string, Check>>;

/** The most characters of a value that a sentence shows. */
const MAX_SHOWN = 100;

/** Returns a value from outside as it is shown in a sentence: in one line, without control characters, and not too long. */
export function show(value: unknown): string {
  const text = Deno.inspect(value, {
    compact: true,
    breakLength: Infinity,
    depth: 2,
    iterableLimit: 10,
    strAbbreviateSize: MAX_SHOWN,
  });
  const line = text.replaceAll("\n", " ");
  return line.length > MAX_SHOWN ? `${line.slice(0, MAX_SHOWN - 1)}…` : line;
}

/** Accepts a string. */
export const isString: Check = simple("a string", (value) => typeof value === "string");

/** Accepts a string that matches a pattern. */
export function matching(pattern: RegExp): Check {
  return simple(
    `a string that matches ${pattern}`,
    (value) => typeof value === "string" && pattern.test(value),
  );
}

/** Accepts a boolean. */
export const isBoolean: Check = simple("true or false", (value) => typeof value === "boolean");

/** Accepts a whole number of at least `min`. */
export function integer(min = -Infinity): Check {
  return simple(
    `a whole number${min === -Infinity ? "" : `, ${min} or more`}`,
    (value) => Number.isSafeInteger(value) && value as number >= min,
  );
}

/** Accepts a number from `min` to `max`. */
export function number(min = -Infinity, max = Infinity): Check {
  const lower = min === -Infinity ? "" : `, ${min} or more`;
  const expected = max === Infinity ? `a number${lower}` : `a number from ${min} to ${max}`;
  return simple(
    expected,
    (value) => Number.isFinite(value) && value as number >= min && value as number <= max,
  );
}

/** Accepts one of these strings. */
export function oneOf(...texts: readonly string[]): Check {
  return simple(
    texts.map((text) => `"${text}"`).join(" or "),
    (value) => (texts as readonly unknown[]).includes(value),
  );
}

/** Accepts what `check` accepts, and undefined. */
export function optional(check: Check): Check {
  return (value) => value === undefined ? undefined : check(value);
}

/** Accepts an array of which each element passes. */
export function arrayOf(check: Check): Check {
  return (value) => {
    if (!Array.isArray(value)) return { path: "", expected: "an array", value };
    for (const [index, element] of value.entries()) {
      const fault = check(element);
      if (fault !== undefined) return { ...fault, path: `[${index}]${fault.path}` };
    }
    return undefined;
  };
}

/** Accepts what one of the checks accepts. */
export function anyOf(...checks: readonly Check[]): Check {
  return (value) => {
    const faults: Fault[] = [];
    for (const check of checks) {
      const fault = check(value);
      if (fault === undefined) return undefined;
      faults.push(fault);
    }
    // Of a value that is right but for a part of it, that part is named.
    const deepest = faults.find(({ path }) => path !== "");
    const expected = faults.map((fault) => fault.expected).join(", or ");
    return deepest ?? { path: "", expected, value };
  };
}

/** Accepts an object, all fields of which pass a check. */
export function recordOf(check: Check): Check {
  return (value) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      return { path: "", expected: "an object", value };
    }
    for (const [name, field] of Object.entries(value)) {
      const fault = check(field);
      if (fault !== undefined) return { ...fault, path: `.${name}${fault.path}` };
    }
    return undefined;
  };
}

/** Accepts an object whose fields pass; it may have others. */
export function object(checks: FieldChecks): Check {
  return (value) =>
    typeof value === "object" && value !== null
      ? checkFields(value as Readonly<Record<string, unknown>>, checks)
      : { path: "", expected: "an object", value };
}

/** Accepts an object whose fields pass the checks of its `kind`; with `isOpen`, also any object of another kind. */
export function byKind(
  checks: Readonly<Record<string, FieldChecks>>,
  { isOpen = false }: { isOpen?: boolean } = {},
): Check {
  const hasKind = object({ kind: isOpen ? isString : oneOf(...Object.keys(checks)) });
  return (value) => {
    const fault = hasKind(value);
    if (fault !== undefined) return fault;
    const fields = value as Readonly<Record<string, unknown>>;
    const kind = fields.kind as string;
    return Object.hasOwn(checks, kind) ? checkFields(fields, checks[kind]!) : undefined;
  };
}

/** Returns the first fault among the fields of an object. */
export function checkFields(
  fields: Readonly<Record<string, unknown>>,
  checks: FieldChecks,
): Fault | undefined {
  for (const name in checks) {
    const fault = checks[name]!(fields[name]);
    if (fault !== undefined) return { ...fault, path: `.${name}${fault.path}` };
  }
  return undefined;
}

function simple(expected: string, accepts: (value: unknown) => boolean): Check {
  return (value) => accepts(value) ? undefined : { path: "", expected, value };
}
