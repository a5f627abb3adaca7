/**
 * Failures, and the table of attempts.
 *
 * @module
 */
import { css } from "./css.ts";

/** Failures, table, narrow screens, paper. */
export const TABLES: string = css`
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
      padding-left: 5px;
      padding-right: 5px;
    }
    th button {
      padding: 3px 0;
    }
    td.reason {
      min-width: 110px;
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
