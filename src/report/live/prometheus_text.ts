/**
 * Text format of Prometheus, version 0.0.4.
 *
 * @module
 */

/** The type of its HTTP body. */
export const PROMETHEUS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** A metric with its samples. */
export interface Metric {
  /** Its name; that of a counter ends in `_total`. */
  readonly name: string;
  readonly type: "counter" | "gauge";
  /** What it is, in a sentence. */
  readonly help: string;
  readonly samples: readonly Sample[];
}

/** A value, with labels if the metric has several. */
export interface Sample {
  readonly value: number;
  readonly labels?: Readonly<Record<string, string>>;
}

/** Encodes metrics. One without samples is left out. */
export function encodeMetrics(metrics: readonly Metric[]): string {
  return metrics.filter(({ samples }) => samples.length > 0).map(encodeMetric).join("");
}

function encodeMetric({ name, type, help, samples }: Metric): string {
  const lines = samples.map(({ value, labels = {} }) =>
    `${name}${encodeLabels(labels)} ${value}\n`
  );
  return `# HELP ${name} ${escapeText(help)}\n# TYPE ${name} ${type}\n${lines.join("")}`;
}

function encodeLabels(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) =>
    `${name}="${escapeText(value.toWellFormed()).replaceAll('"', '\\"')}"`
  );
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

function escapeText(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
}
