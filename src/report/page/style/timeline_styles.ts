/**
 * Totals and timeline.
 *
 * @module
 */
import { css } from "./css.ts";

/** Cards, legend, plots. */
export const PARTS: string = css`
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
  .swatch {
    background: var(--hue);
  }
`;
