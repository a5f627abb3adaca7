/**
 * The frame of the page: its head, its sections, what they hold in common.
 *
 * @module
 */
import { css } from "./css.ts";

/** The frame. */
export const FRAME: string = css`
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
