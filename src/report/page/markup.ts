/**
 * Markup of the page: landmarks, headings and controls. The script in `client/` fills in the content.
 *
 * @module
 */
import { ATTEMPT_STATUSES, ATTEMPT_TRAITS } from "../history/attempt_status.ts";

/** The parts of the document that differ. */
export interface MarkupOptions {
  readonly title: string;
  readonly policy: string;
  readonly style: string;
  readonly script: string;
  /** A history as JSON, see `wire.ts`; empty if the page has to request it. */
  readonly data: string;
}

/** Builds the document. */
export function buildMarkup({ title, policy, style, script, data }: MarkupOptions): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="@lambdawaker/executor">
<title>${escapeHtml(title)}</title>
<style>${style}</style>
</head>
<body>
<a class="skip" href="#attempts-head">Skip to the table of attempts</a>
${HEADER}
<p id="waiting" class="wrap"><noscript>This page needs JavaScript; its script is part of the page.</noscript></p>
<main id="main" class="wrap" hidden>
${TOTALS}
${NOW}
${TIMELINE}
${FAILURES}
${ATTEMPTS}
${REMARKS}
</main>
<div id="tip" class="tip" aria-hidden="true" hidden></div>
<script type="application/json" id="data">${data}</script>
<script>${script}</script>
</body>
</html>
`;
}

/** Escapes text for an element or an attribute. */
function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}

const HEADER = `<header>
<div class="wrap">
<p class="kicker"><span>executor</span> <span id="connection" role="status" hidden></span></p>
<h1 id="title">…</h1>
<p class="verdict"><strong id="word"></strong> <span id="sentence"></span></p>
<progress id="progress" aria-label="Items done" hidden></progress>
<p id="command" hidden><span class="sr">Command: </span><code id="command-line"></code></p>
<p id="started" class="note"></p>
</div>
</header>`;

const TOTALS = `<section aria-labelledby="totals-head">
<h2 id="totals-head">Totals</h2>
<dl id="totals"></dl>
<p id="straggler"></p>
</section>`;

const NOW = `<section id="now-section" aria-labelledby="now-head" hidden>
<h2 id="now-head">At work now</h2>
<ul id="now" class="panel"></ul>
<p id="now-more" class="note" hidden></p>
</section>`;

const LEGEND_ITEMS = ATTEMPT_STATUSES.map((status) => {
  const name = status.toLowerCase();
  const { legend, tone } = ATTEMPT_TRAITS[status];
  return `<li data-status="${name}"><i class="swatch ${name} ${tone}"></i>${status} <span>${legend}</span></li>`;
});
LEGEND_ITEMS.push(
  `<li data-status="resident"><i class="swatch resident"></i>process <span>takes the ranges above it; dotted until it is ready</span></li>`,
);

const TIMELINE = `<section aria-labelledby="timeline-head">
<div class="bar">
<h2 id="timeline-head">Timeline</h2>
<div role="group" aria-label="Part of the time that is shown" class="buttons">
<button type="button" id="zoom-earlier" aria-label="Earlier">←</button>
<button type="button" id="zoom-later" aria-label="Later">→</button>
<button type="button" id="zoom-in" aria-label="Show less of the time">+</button>
<button type="button" id="zoom-out" aria-label="Show more of the time">−</button>
<button type="button" id="zoom-all">All</button>
</div>
</div>
<ul class="legend" id="legend">
${LEGEND_ITEMS.join("\n")}
</ul>
<div id="plots" class="panel">
<div class="lanes"><div class="plot"><canvas id="timeline" role="img"></canvas><div id="selection" hidden></div></div></div>
<h3>Workers at work</h3>
<canvas id="workers" role="img"></canvas>
<h3>Items per second</h3>
<canvas id="rate" role="img"></canvas>
<div id="memory-part" hidden>
<h3>Memory: the peaks of the attempts at work, added up</h3>
<canvas id="memory" role="img"></canvas>
</div>
</div>
<p class="note">Drag over the timeline to see a part of it; click an attempt to find it in the table.</p>
</section>`;

const FAILURES = `<section aria-labelledby="failures-head">
<h2 id="failures-head">Failures</h2>
<p id="no-failures" class="note"></p>
<div id="failures"></div>
<div id="retried-part" hidden>
<h3>Failed at first, and tried again</h3>
<div id="retried"></div>
</div>
</section>`;

const ATTEMPTS = `<section aria-labelledby="attempts-head">
<div class="bar">
<h2 id="attempts-head" tabindex="-1">Attempts</h2>
<label>Show <select id="filter">
<option value="all">all</option>
<option value="bad">those that went wrong</option>
<option value="open">those at work</option>
</select></label>
</div>
<div class="panel scroll" role="region" aria-labelledby="attempts-head" tabindex="0">
<table>
<caption class="sr">Attempts; the buttons in the head sort them</caption>
<thead><tr id="heads"></tr></thead>
<tbody id="rows"></tbody>
</table>
</div>
<div class="bar">
<p id="page-text" class="note" role="status"></p>
<nav id="pager" class="buttons" aria-label="Pages of the table" hidden>
<button type="button" id="page-first">First</button>
<button type="button" id="page-previous">Back</button>
<button type="button" id="page-next">Next</button>
<button type="button" id="page-last">Last</button>
</nav>
</div>
</section>`;

const REMARKS = `<section id="remarks-section" aria-labelledby="remarks-head" hidden>
<h2 id="remarks-head">Remarks</h2>
<ul id="remarks"></ul>
</section>`;
