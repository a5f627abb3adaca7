/**
 * Builds the files that are derived from the types of `src/model/events.ts`: the JSON schema of events, and the checks of a
 * journal's lines.
 *
 * @module
 */
import { createGenerator, type Schema } from "npm:ts-json-schema-generator@2.4.0";
import type { GeneratedFile } from "./generate.ts";

const ROOT = new URL("../", import.meta.url);
const SOURCE = "src/model/events.ts";

/** The JSON schema of events. */
export const schemaFile: GeneratedFile = {
  path: "docs/events.schema.json",
  build: () => `${JSON.stringify(buildSchema(), null, 2)}\n`,
};

/** The checks of a journal's events. */
export const checksFile: GeneratedFile = {
  path: "src/journal/event_checks.generated.ts",
  build: () => format(buildChecks(readTypes())),
};

/** Marks a union in its doc comment: later versions may write more kinds. */
const OPEN_TAG = "open";

type Definitions = Readonly<Record<string, Schema>>;

let types: Definitions | undefined;

/** Returns a schema for each type that events are made of, and for the event types themselves, by name. */
function readTypes(): Definitions {
  return types ??= generateTypes();
}

function generateTypes(): Definitions {
  const path = new URL(SOURCE, ROOT).pathname;
  const tsconfig = Deno.makeTempFileSync({ suffix: ".json" });
  try {
    const compilerOptions = {
      target: "ESNext",
      module: "ESNext",
      moduleResolution: "bundler",
      allowImportingTsExtensions: true,
      noEmit: true,
      strict: true,
      lib: ["ESNext"],
      types: [],
    };
    Deno.writeTextFileSync(tsconfig, JSON.stringify({ compilerOptions, files: [path] }));
    const { definitions = {} } = createGenerator({
      path,
      tsconfig,
      type: "RunEvent",
      expose: "export",
      jsDoc: "extended",
      extraTags: [OPEN_TAG],
      additionalProperties: false,
      sortProps: false,
      skipTypeCheck: true,
    }).createSchema("RunEvent");
    return inlineGenerics(definitions as Definitions);
  } finally {
    Deno.removeSync(tsconfig);
  }
}

/** Puts generic types, whose names are no identifiers, in the place of references to them. */
function inlineGenerics(definitions: Definitions): Definitions {
  const isNamed = (name: string) => /^\w+$/.test(name);
  const entries = Object.entries(definitions).filter(([name]) => isNamed(name));
  return Object.fromEntries(entries.map(([name, schema]) => {
    const { $ref: _, ...own } = schema;
    const target = refName(schema);
    return [name, target && !isNamed(target) ? { ...definitions[target], ...own } : schema];
  }));
}

/** The names of the event types, in the order of the union. */
function eventTypes(): string[] {
  return readTypes().RunEvent!.anyOf!.map((member) => refName(member as Schema)!);
}

function refName({ $ref }: Schema): string | undefined {
  return $ref === undefined ? undefined : decodeURIComponent($ref.replace("#/definitions/", ""));
}

function kindOf(event: Schema): string {
  return (event.properties!.kind as Schema).const as string;
}

function buildSchema(): unknown {
  const { RunEvent: _, ...definitions } = readTypes();
  const $defs: Record<string, unknown> = {};
  for (const name of Object.keys(definitions).sort()) $defs[name] = tidy(definitions[name]!);
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "Events of a run",
    description:
      "One line of `--reporter jsonl`, `--events FILE` and a journal. `kind` tells which event it is. Later versions may write more kinds and more fields in the same format, `v`: ignore those that you do not know.",
    oneOf: eventTypes().map((name) => ({ $ref: `#/$defs/${name}` })),
    $defs,
  };
}

/** The fields that come first in an event. */
const HEAD = ["v", "t", "kind", "worker", "range", "attempt"];

/** Returns a schema with its fields in a good order, links of doc lines as plain text, and references as `$defs`. */
function tidy(schema: Schema): Schema {
  const json = JSON.stringify(schema, (key, value) => {
    if (key === "$ref") return value.replace("#/definitions/", "#/$defs/");
    if (key === "description") return plainText(value);
    if (key === "" && isOpen(value)) return openUnion(value);
    if (key !== "" || value.properties === undefined) return value;
    const { properties, required, description, ...rest } = value as Schema;
    const names = Object.keys(properties!);
    const order = [...HEAD.filter((name) => names.includes(name)), ...names];
    const isEvent = Object.hasOwn(properties!, "v");
    return {
      ...(isEvent && { title: kindOf(value) }),
      description,
      ...rest,
      properties: Object.fromEntries(order.map((name) => [name, properties![name]])),
      required: Array.from(new Set(order)).filter((name) => required?.includes(name)),
    };
  });
  return JSON.parse(json);
}

function isOpen(schema: Schema): boolean {
  return Object.hasOwn(schema, OPEN_TAG);
}

/** Returns a union that accepts objects of other kinds, too. */
function openUnion({ description, anyOf = [] }: Schema): Schema {
  const kinds = kindsOf(anyOf as Schema[], readTypes());
  const later: Schema = {
    description: "A kind that a later version added.",
    type: "object",
    properties: { kind: { type: "string", not: { enum: kinds } } },
    required: ["kind"],
  };
  return { description, anyOf: [...anyOf, later] };
}

/** Returns a doc comment as one line. The list of kinds is left out: each kind has its own description. */
function plainText(doc: string): string {
  const text = doc.replace(/:\n\n- [^]*?(\n\n|$)/, ".$1");
  return text.replace(/\{@linkcode\s+(\w+)\s*\}/g, "$1").replace(/\s+/g, " ").replace(/ \./g, ".");
}

function buildChecks(definitions: Definitions): string {
  const writer = new CheckWriter(definitions);
  const rows: string[] = [];
  let ref = "";
  for (const event of eventTypes().map((name) => definitions[name]!)) {
    const { v: _v, kind: _kind, t, ...others } = writer.fieldsOf(event);
    const { worker, range, attempt, ...fields } = others;
    const isOfAttempt = attempt !== undefined;
    if (isOfAttempt) ref = literal({ worker, range, attempt });
    const spread = isOfAttempt ? "...ATTEMPT_REF_CHECKS, " : "";
    const own = literal({ t, ...(isOfAttempt ? fields : others) });
    rows.push(`${quote(kindOf(event))}: { ${spread}${own.slice(1)},`);
  }
  return `/**
 * Checks of the fields of events. Generated by \`tools/build_schema.ts\` from the types in \`${SOURCE}\`: run
 * \`deno task generate\` after a change.
 *
 * @module
 */
// deno-lint-ignore-file no-control-regex -- names and paths must not have such characters
import type { RunEvent } from "../model/events.ts";
import { type FieldChecks, ${writer.imports.join(", ")} } from "./value_checks.ts";

${writer.constants.join("\n")}

/** The checks of the fields that name an attempt. */
export const ATTEMPT_REF_CHECKS: FieldChecks = ${ref};

/** The checks of each kind of event. */
export const EVENT_CHECKS: Readonly<Record<RunEvent["kind"], FieldChecks>> = {
${rows.join("\n")}
};
`;
}

/** Writes checks as expressions, and a constant for each named type that they need. */
class CheckWriter {
  readonly #definitions: Definitions;
  readonly #constants = new Map<string, string>();
  readonly #imports = new Set<string>();

  constructor(definitions: Definitions) {
    this.#definitions = definitions;
  }

  /** The declarations of constants, each one after those that it needs. */
  get constants(): string[] {
    return Array.from(this.#constants.values());
  }

  /** The names of `src/journal/value_checks.ts` that the expressions use. */
  get imports(): string[] {
    return Array.from(this.#imports).sort();
  }

  /** Returns the check of each field of an object type; that of a constant is empty. */
  fieldsOf({ properties = {}, required = [] }: Schema): Record<string, string> {
    const entries = Object.entries(properties as Definitions).map(([name, schema]) => {
      const check = schema.const === undefined ? this.#checkOf(schema) : "";
      return [name, required.includes(name) ? check : this.#call("optional", check)];
    });
    return Object.fromEntries(entries);
  }

  #checkOf(schema: Schema): string {
    const name = refName(schema);
    if (name !== undefined) return this.#constantOf(name);
    const texts = textsOf(schema, this.#definitions);
    if (texts !== undefined) return this.#call("oneOf", ...texts.map(quote));
    if (schema.anyOf !== undefined) {
      return this.#union(schema.anyOf as Schema[], { isOpen: isOpen(schema) });
    }
    if (Array.isArray(schema.type)) {
      const types = schema.type.map((type) => ({ type }) as Schema);
      return this.#union(types, { isOpen: false });
    }
    switch (schema.type) {
      case "string":
        return schema.pattern === undefined
          ? this.#use("isString")
          : this.#call("matching", `/${schema.pattern}/`);
      case "boolean":
        return this.#use("isBoolean");
      case "integer":
      case "number":
        return this.#call(schema.type, ...bounds(schema));
      case "array":
        return this.#call("arrayOf", this.#checkOf(schema.items as Schema));
      case "object":
        return typeof schema.additionalProperties === "object"
          ? this.#call("recordOf", this.#checkOf(schema.additionalProperties as Schema))
          : this.#call("object", literal(this.fieldsOf(schema)));
      default:
        throw new Error(
          `${SOURCE} has a type for which there is no check: ${Deno.inspect(schema)}`,
        );
    }
  }

  #constantOf(name: string): string {
    const constant = `is${name}`;
    if (!this.#constants.has(name)) {
      const check = this.#checkOf(this.#definitions[name]!);
      this.#constants.set(name, `const ${constant} = ${check};`);
    }
    return constant;
  }

  #union(members: readonly Schema[], { isOpen }: { isOpen: boolean }): string {
    const schemas = members.map((member) => resolve(member, this.#definitions));
    const haveKinds = schemas.every(({ properties }) => properties?.kind !== undefined);
    if (!haveKinds) return this.#call("anyOf", ...members.map((member) => this.#checkOf(member)));
    const options = isOpen ? ["{ isOpen: true }"] : [];
    return this.#call("byKind", this.#kinds(schemas), ...options);
  }

  #kinds(members: readonly Schema[]): string {
    return literal(Object.fromEntries(members.flatMap((member) => {
      const { kind: _, ...fields } = this.fieldsOf(member);
      return kindsOf([member], this.#definitions).map((kind) => [quote(kind), literal(fields)]);
    })));
  }

  #call(name: string, ...args: readonly string[]): string {
    return `${this.#use(name)}(${args.join(", ")})`;
  }

  #use(name: string): string {
    this.#imports.add(name);
    return name;
  }
}

/** Writes an object literal. */
function literal(fields: Readonly<Record<string, string | undefined>>): string {
  return `{ ${Object.entries(fields).map(([name, value]) => `${name}: ${value}`).join(", ")} }`;
}

function resolve(schema: Schema, definitions: Definitions): Schema {
  const name = refName(schema);
  return name === undefined ? schema : resolve(definitions[name]!, definitions);
}

/** Returns the kinds of the members of a union. */
function kindsOf(members: readonly Schema[], definitions: Definitions): string[] {
  return members.flatMap((member) =>
    textsOf(resolve(member, definitions).properties!.kind as Schema, definitions)!
  );
}

function quote(text: string): string {
  return JSON.stringify(text);
}

/** Returns the strings that a schema allows, if it allows nothing else. */
function textsOf(schema: Schema, definitions: Definitions): string[] | undefined {
  const name = refName(schema);
  if (name !== undefined) return textsOf(definitions[name]!, definitions);
  if (typeof schema.const === "string") return [schema.const];
  if (schema.enum?.every((value) => typeof value === "string")) return schema.enum as string[];
  const parts = schema.anyOf?.map((part) => textsOf(part as Schema, definitions));
  return parts?.every((part) => part !== undefined) ? parts.flat() : undefined;
}

function bounds({ minimum, maximum }: Schema): string[] {
  return [minimum, maximum].filter((value) => value !== undefined).map(String);
}

/** Formats TypeScript as `deno fmt` does. */
async function format(source: string): Promise<string> {
  const command = new Deno.Command(Deno.execPath(), {
    args: ["fmt", "--ext", "ts", "-"],
    cwd: ROOT,
    stdin: "piped",
    stdout: "piped",
  });
  const child = command.spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(source));
  await writer.close();
  const { success, stdout } = await child.output();
  if (!success) throw new Error("deno fmt cannot format the generated checks");
  return new TextDecoder().decode(stdout);
}
