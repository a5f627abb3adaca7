/**
 * How the page looks, in light and in dark. The colours of the statuses can be told apart by those who do not see all
 * colours, after Okabe and Ito; and what went wrong is hatched besides.
 *
 * @module
 */

/** Lets the formatter know what it is. */
const css = String.raw;

const COLORS = css`
  :root {
    color-scheme: light dark;
    --font: system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif;
    --mono: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace;
    --ground: #f6f7f9;
    --panel: #ffffff;
    --text: #1c2128;
    --muted: #59636e;
    --line: #e3e7ec;
    --edge: #d1d8e0;
    --accent: #33618f;
    --good: #0b7a55;
    --bad: #b3390b;
    --open: #1f66a8;
    --success: #0f8a64;
    --finished: #5aa9d6;
    --running: #2a6fb0;
    --pending: #d5dbe2;
    --failed: #c98500;
    --crashed: #c2410c;
    --lost: #7b8591;
  }
  @media (prefers-color-scheme: dark) {
    :root {
      --ground: #0f1318;
      --panel: #171c23;
      --text: #e4e8ed;
      --muted: #9aa5b1;
      --line: #262d36;
      --edge: #343d48;
      --accent: #7fb0e0;
      --good: #4cc79c;
      --bad: #f58a5b;
      --open: #76b3ee;
      --success: #3fb58c;
      --finished: #8cc8ec;
      --running: #5fa3e0;
      --pending: #3b4551;
      --failed: #e3a52c;
      --crashed: #f0764a;
      --lost: #8e99a5;
    }
  }
`;

const FRAME = css`
  * {
    box-sizing: border-box;
  }
  [hidden] {
    display: none !important;
  }
  html {
    scrollbar-gutter: stable;
  }
  body {
    margin: 0;
    background: var(--ground);
    color: var(--text);
    font: 15px/1.5 var(--font);
  }
  .wrap {
    max-width: 1240px;
    margin: 0 auto;
    padding: 0 24px;
  }
  header {
    background: var(--panel);
    border-bottom: 1px solid var(--edge);
    border-top: 4px solid var(--open);
    padding: 20px 0 18px;
    overflow-wrap: anywhere;
  }
  [data-tone="good"] header {
    border-top-color: var(--good);
  }
  [data-tone="bad"] header {
    border-top-color: var(--bad);
  }
  section {
    margin: 32px 0;
  }
  h1,
  h2,
  h3,
  p {
    margin: 0;
  }
  h1 {
    font-size: 26px;
    line-height: 1.25;
    font-weight: 650;
  }
  h2 {
    font-size: 18px;
    font-weight: 650;
    margin-bottom: 12px;
  }
  h3 {
    font-size: 13px;
    font-weight: 600;
    color: var(--muted);
    margin: 14px 0 2px;
  }
  code,
  pre {
    font-family: var(--mono);
    font-size: 13px;
  }
  .note,
  .kicker,
  #command {
    color: var(--muted);
    font-size: 13px;
  }
  .kicker {
    display: flex;
    justify-content: space-between;
    gap: 16px;
    margin-bottom: 4px;
  }
  .verdict {
    margin: 8px 0 10px;
    font-size: 17px;
  }
  #word {
    color: var(--open);
    margin-right: 6px;
  }
  [data-tone="good"] #word {
    color: var(--good);
  }
  [data-tone="bad"] #word {
    color: var(--bad);
  }
  progress {
    width: 100%;
    height: 10px;
    accent-color: var(--open);
    margin-bottom: 8px;
  }
  #connection::before {
    content: "●";
    margin-right: 6px;
    color: var(--muted);
  }
  #connection[data-state="live"]::before {
    color: var(--good);
  }
  #connection[data-state="lost"]::before {
    color: var(--bad);
  }
  .bar {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    justify-content: space-between;
    gap: 8px 16px;
    margin-bottom: 12px;
  }
  .bar > h2 {
    margin: 0;
  }
  .panel {
    background: var(--panel);
    border: 1px solid var(--edge);
    border-radius: 8px;
    padding: 12px;
  }
  .skip {
    position: absolute;
    left: -9999px;
  }
  .skip:focus {
    left: 12px;
    top: 12px;
    z-index: 2;
    padding: 8px 14px;
    background: var(--panel);
    color: var(--text);
    border-radius: 6px;
  }
  .sr {
    position: absolute;
    width: 1px;
    height: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
  :focus-visible {
    outline: 2px solid var(--accent);
    outline-offset: 2px;
  }
`;

const CONTROLS = css`
  button,
  select {
    font: inherit;
    font-size: 13px;
    color: var(--text);
    background: var(--panel);
    border: 1px solid var(--edge);
    border-radius: 6px;
    padding: 3px 10px;
    min-height: 28px;
  }
  button {
    cursor: pointer;
  }
  button:hover:enabled {
    border-color: var(--accent);
  }
  button:disabled {
    color: var(--muted);
    opacity: 0.55;
    cursor: default;
  }
  .buttons {
    display: flex;
    gap: 6px;
  }
  label {
    font-size: 13px;
    color: var(--muted);
  }
`;

const PARTS = css`
  #totals {
    display: grid;
    grid-template-columns: repeat(4, 1fr);
    gap: 12px;
    margin: 0 0 12px;
  }
  .card {
    background: var(--panel);
    border: 1px solid var(--edge);
    border-radius: 8px;
    padding: 10px 14px 12px;
    min-width: 0;
  }
  .card dt {
    color: var(--muted);
    font-size: 13px;
  }
  .card dd {
    margin: 0;
    overflow-wrap: anywhere;
  }
  .card .figure {
    font-size: 22px;
    font-weight: 650;
    line-height: 1.35;
    font-variant-numeric: tabular-nums;
  }
  .legend {
    display: flex;
    flex-wrap: wrap;
    gap: 4px 18px;
    list-style: none;
    margin: 0 0 10px;
    padding: 0;
    font-size: 12px;
  }
  .legend span {
    color: var(--muted);
  }
  .swatch {
    display: inline-block;
    width: 14px;
    height: 11px;
    margin-right: 6px;
    border-radius: 2px;
    vertical-align: -1px;
  }
  .lanes {
    max-height: 75vh;
    overflow-y: auto;
  }
  .plot {
    position: relative;
  }
  canvas {
    display: block;
    width: 100%;
  }
  #timeline {
    cursor: crosshair;
    touch-action: pan-y;
  }
  #selection {
    position: absolute;
    background: var(--accent);
    opacity: 0.2;
    border: 1px solid var(--accent);
    pointer-events: none;
  }
  .panel + .note {
    margin-top: 8px;
  }
  .tip {
    position: fixed;
    z-index: 1;
    max-width: min(420px, 90vw);
    padding: 6px 10px;
    background: var(--text);
    color: var(--ground);
    border-radius: 6px;
    font-size: 12px;
    white-space: pre-wrap;
    overflow-wrap: anywhere;
    pointer-events: none;
  }
  .success {
    --hue: var(--success);
  }
  .finished {
    --hue: var(--finished);
  }
  .running {
    --hue: var(--running);
  }
  .pending {
    --hue: var(--pending);
  }
  .failed {
    --hue: var(--failed);
  }
  .crashed {
    --hue: var(--crashed);
  }
  .lost {
    --hue: var(--lost);
  }
  .swatch {
    background: var(--hue);
  }
  .swatch.failed,
  .swatch.crashed,
  .swatch.lost {
    background: repeating-linear-gradient(
      135deg,
      var(--hue) 0 3px,
      color-mix(in srgb, var(--hue), var(--panel) 45%) 3px 4.5px
    );
  }
`;

const TABLES = css`
  details {
    background: var(--panel);
    border: 1px solid var(--edge);
    border-radius: 8px;
    margin-bottom: 8px;
  }
  summary {
    padding: 9px 14px;
    cursor: pointer;
    overflow-wrap: anywhere;
  }
  summary > * {
    margin-right: 10px;
  }
  summary strong {
    font-weight: 600;
  }
  .status {
    font-size: 12px;
    font-weight: 650;
    color: var(--text);
    border-left: 12px solid var(--hue);
    padding-left: 7px;
  }
  .reason {
    color: var(--muted);
  }
  .words {
    padding: 0 14px 12px;
  }
  .words > * {
    margin-top: 8px;
    overflow-wrap: anywhere;
  }
  .words pre {
    margin-bottom: 0;
    padding: 10px 12px;
    background: var(--ground);
    border: 1px solid var(--line);
    border-radius: 6px;
    max-height: 420px;
    overflow: auto;
    white-space: pre-wrap;
  }
  .files > * {
    margin-right: 8px;
  }
  .scroll {
    padding: 0;
    overflow-x: auto;
  }
  table {
    border-collapse: collapse;
    width: 100%;
    font-size: 13px;
    font-variant-numeric: tabular-nums;
  }
  th,
  td {
    padding: 5px 12px;
    text-align: right;
    border-bottom: 1px solid var(--line);
    white-space: nowrap;
  }
  th {
    padding: 4px 2px;
    border-bottom-color: var(--edge);
  }
  th button {
    width: 100%;
    border-color: transparent;
    background: none;
    font-weight: 600;
    text-align: inherit;
    white-space: nowrap;
  }
  th button::after {
    content: "↕";
    margin-left: 5px;
    color: var(--muted);
    opacity: 0.5;
  }
  th[aria-sort="ascending"] button::after {
    content: "↑";
    opacity: 1;
  }
  th[aria-sort="descending"] button::after {
    content: "↓";
    opacity: 1;
  }
  th:is([data-key="status"], [data-key="reason"]),
  td:is(.status, .reason) {
    text-align: left;
  }
  td.status {
    font-weight: 400;
    border-left: 0;
    padding-left: 12px;
  }
  td.status::before {
    content: "";
    display: inline-block;
    width: 10px;
    height: 10px;
    margin-right: 7px;
    border-radius: 2px;
    background: var(--hue);
  }
  tr[data-bad="true"] td.status::before {
    content: "✕";
    background: none;
    color: var(--hue);
    width: auto;
    height: auto;
  }
  td.reason {
    width: 35%;
    min-width: 180px;
    white-space: normal;
    overflow-wrap: anywhere;
  }
  tbody tr:last-child td {
    border-bottom: 0;
  }
  tr[aria-current="true"] {
    background: color-mix(in srgb, var(--accent), var(--panel) 82%);
  }
  #remarks {
    margin: 0;
    padding-left: 20px;
    overflow-wrap: anywhere;
  }
  @media (max-width: 900px) {
    .wrap {
      padding: 0 14px;
    }
    th,
    td {
      padding-left: 6px;
      padding-right: 6px;
    }
  }
  @media (max-width: 640px) {
    #totals {
      grid-template-columns: repeat(2, 1fr);
    }
  }
  @media print {
    .buttons,
    .skip,
    label {
      display: none;
    }
  }
`;

const STATUS_HUES = ["success", "finished", "running", "pending", "failed", "crashed", "lost"]
  .map((status) => `tr[data-status="${status}"] { --hue: var(--${status}); }`).join("\n");

/** The style sheet. */
export const STYLE: string = [COLORS, FRAME, CONTROLS, PARTS, TABLES, STATUS_HUES].join("\n");
