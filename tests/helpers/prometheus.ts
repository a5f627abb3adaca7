/**
 * Strict parser of the text format of Prometheus, version 0.0.4, after
 * https://prometheus.io/docs/instrumenting/exposition_formats/
 *
 * @module
 */

/** A metric that was read. */
export interface ReadMetric {
  readonly type: string;
  readonly help: string;
  /** The values, by their labels as JSON; those of a metric without labels by `{}`. */
  readonly values: Map<string, number>;
}

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const TYPES = ["counter", "gauge", "histogram", "summary", "untyped"];

/** Parses metrics by their names. Throws for all that the format, or its conventions for names, do not allow. */
export function parseMetrics(text: string): Map<string, ReadMetric> {
  if (!text.endsWith("\n")) throw new Error("the last line has no end");
  const metrics = new Map<string, ReadMetric>();
  let head: { name: string; help: string } | undefined;
  let current: { name: string; metric: ReadMetric } | undefined;
  for (const line of text.slice(0, -1).split("\n")) {
    const fail = (why: string) => new Error(`${why}: ${JSON.stringify(line)}`);
    const help = /^# HELP (\S+) (.+)$/.exec(line);
    const type = /^# TYPE (\S+) (\S+)$/.exec(line);
    if (help !== null) {
      if (head !== undefined) throw fail("the metric before has no type");
      if (metrics.has(help[1]!)) throw fail("a metric comes twice, or in two places");
      head = { name: help[1]!, help: unescape(help[2]!, fail) };
    } else if (type !== null) {
      const [, name = "", kind = ""] = type;
      if (head?.name !== name) throw fail("the type does not follow its help");
      if (!NAME.test(name)) throw fail("no name of a metric");
      if (!TYPES.includes(kind)) throw fail("no type");
      if (name.endsWith("_total") !== (kind === "counter")) {
        throw fail("counters, and no others, end in _total");
      }
      current = { name, metric: { type: kind, help: head.help, values: new Map() } };
      metrics.set(name, current.metric);
      head = undefined;
    } else {
      if (head !== undefined) throw fail("a sample without a type");
      const { name, labels, value } = parseSample(line, fail);
      if (current?.name !== name) throw fail("a sample of another metric");
      const key = JSON.stringify(labels);
      if (current.metric.values.has(key)) throw fail("a sample comes twice");
      current.metric.values.set(key, value);
    }
  }
  for (const [name, { values }] of metrics) {
    if (values.size === 0) throw new Error(`${name} has no sample`);
  }
  return metrics;
}

function parseSample(line: string, fail: (why: string) => Error) {
  const [, name, inBraces = "", number] =
    /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
  if (name === undefined || number === undefined) throw fail("no sample");
  if (!/^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i.test(number)) throw fail("no finite number");
  const labels: Record<string, string> = {};
  const pair = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"(,|$)/y;
  for (let at = 0; at < inBraces.length; at = pair.lastIndex) {
    pair.lastIndex = at;
    const match = pair.exec(inBraces);
    if (match === null) throw fail("no labels");
    const [, label = "", value = ""] = match;
    if (label in labels || label.startsWith("__")) {
      throw fail("a label comes twice, or is reserved");
    }
    labels[label] = unescape(value, fail, '"');
  }
  return { name, labels, value: Number(number) };
}

/** Undoes escapes: of a backslash, a line break, and `also`. */
function unescape(text: string, fail: (why: string) => Error, also = ""): string {
  return text.replace(/\\(.?)/g, (_, escaped: string) => {
    if (escaped === "n") return "\n";
    if (escaped === "\\" || (also !== "" && escaped === also)) return escaped;
    throw fail("an escape that does not exist");
  });
}
