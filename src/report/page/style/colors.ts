/**
 * The colours of the page, in light and in dark.
 *
 * @module
 */
import { css } from "./css.ts";

/** Colours, as variables. */
export const COLORS: string = css`
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
    }
  }
`;
