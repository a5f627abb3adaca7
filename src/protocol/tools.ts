/**
 * How programs that people run daily print their progress, as read from what they print into a pipe.
 *
 * docs/progress.md says how to call them.
 *
 * @module
 */
import { PatternProtocol } from "./pattern.ts";
import type { ProtocolHandler } from "./protocol.ts";

const PERCENT = String.raw`(?<percent>\d+(?:\.\d+)?)%`;

const PATTERNS: Readonly<Record<ToolName, readonly RegExp[]>> = {
  // "  Duration: 00:00:20.00, start: …", and then "frame=  213 … time=00:00:05.43 …", or with -progress "out_time=00:00:05.433398".
  ffmpeg: [
    /^\s*Duration: (?<total>\d+:\d+:[\d.]+)/,
    /(?:^|\s)(?:out_)?time=(?<done>\d+:\d+:[\d.]+)/,
  ],
  // "     10,518,528  35%    9.78MB/s    0:00:01"
  rsync: [new RegExp(String.raw`^\s*[\d,.]+[KMGT]?\s+${PERCENT}\s`)],
  // " 30 7812k   30 2343k    0     0  3108k      0  0:00:02 --:--:--  0:00:02 3104k", or with -# "####   15.0%"
  curl: [
    /^\s*(?<percent>\d+)\s+[\d.]+[kMGTP]?\s+\d+\s+[\d.]+[kMGTP]?\s+\d+\s+[\d.]+[kMGTP]?\s/,
    new RegExp(String.raw`^[#=O \-]*\s${PERCENT}\s*$`),
  ],
  // "   300K .......... ..........  3%  241M 0s", or with --progress=bar:force "w1    10%[=>     ] 789.25K  2.56MB/s"
  wget: [
    new RegExp(String.raw`^\s*\d+[KMG][ .,]+${PERCENT}[ =]`),
    new RegExp(String.raw`\s${PERCENT}\[[=<> +]*\]`),
    /^Saving to: (?<message>.+)/,
  ],
  // "photos:  45%|████▌     | 45/100 [00:01<00:01, 32.1it/s]"
  tqdm: [new RegExp(String.raw`^(?:(?<message>.+): )?\s*${PERCENT}\|`)],
  // "20.0MiB 0:00:01 [18.4MiB/s] [======>     ] 69% ETA 0:00:00", or with -n "69"
  pv: [new RegExp(String.raw`\[[^\]]*\]\s+${PERCENT}`), /^(?<percent>\d{1,3})$/],
  // "#8 [builder 3/7] RUN make", or "#6 sha256:… 12.58MB / 31.36MB 0.5s"
  docker: [
    /^#\d+ \[(?:[^\]]* )?(?<done>\d+)\/(?<total>\d+)\] (?<message>.+)/,
    /^#\d+ (?<message>(?:DONE|CACHED|ERROR|exporting|pushing|naming).*)/,
  ],
  // With --progress-bar raw "Progress 400000 of 8000000", or with FORCE_COLOR=1 "━━━━╸      2.4/8.0 MB 4.0 MB/s eta 0:00:02"
  pip: [
    /^Progress (?<done>\d+) of (?<total>\d+)/,
    /^\s*[━╸╺ ]*\s(?<done>\d+(?:\.\d+)?)\/(?<total>\d+(?:\.\d+)?) [kMG]?B\s/,
    /^\s*(?<message>(?:Collecting|Downloading|Installing collected packages:|Building wheel) .*)/,
  ],
  // With -o APT::Status-Fd=1 "dlstatus:1:19.9951:Retrieving file 1 of 1", "pmstatus:bigpkg:50.0000:Unpacking bigpkg"
  apt: [
    /^(?:dl|pm)status:[^:]*(?::[^:\d][^:]*)?:(?<percent>[\d.]+):(?<message>.*)/,
    /^(?<message>(?:Get:\d+|Unpacking|Setting up) .*)/,
  ],
};

/** The programs. */
export const TOOLS = [
  "ffmpeg",
  "rsync",
  "curl",
  "wget",
  "tqdm",
  "pv",
  "docker",
  "pip",
  "apt",
] as const;

/** One of {@linkcode TOOLS}. */
export type ToolName = typeof TOOLS[number];

/** Reads the progress of a program, by its name; one for each attempt. */
export function toolProtocol(name: ToolName): ProtocolHandler {
  return new PatternProtocol(PATTERNS[name]);
}
