/**
 * What one can press and choose.
 *
 * @module
 */
import { css } from "./css.ts";

/** Buttons and choices. */
export const CONTROLS: string = css`
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
