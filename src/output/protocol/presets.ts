/**
 * Patterns for the progress displays of well-known programs.
 *
 * @module
 */

/** A program with a preset. */
export type PresetName =
  | "apt"
  | "curl"
  | "docker"
  | "ffmpeg"
  | "pip"
  | "pv"
  | "rsync"
  | "tqdm"
  | "wget";

/**
 * Patterns for a {@linkcode PatternProtocol}, by the name of the program. The options with which each program shows its
 * progress in a pipe are listed in docs/progress.md.
 *
 * @example
 * ```ts
 * import { PatternProtocol, PROGRESS_PRESETS } from "@lambdawaker/executor/protocol";
 * import { assertEquals } from "@std/assert";
 *
 * const protocol = new PatternProtocol(PROGRESS_PRESETS.rsync);
 * const line = "      3,000,000  16%    6.99MB/s    0:00:00 (xfr#1, to-chk=5/7)";
 * assertEquals(protocol.parse(line, "stdout"), { kind: "share", share: 0.16, text: "6.99MB/s" });
 * ```
 */
export const PROGRESS_PRESETS: Readonly<Record<PresetName, readonly RegExp[]>> = {
  apt: [
    /^(?:dl|pm)status:.*?:(?<percent>\d{1,3}(?:[.,]\d+)?):(?<message>.*)/,
    /^(?<message>(?:Get|Hit|Ign):\d+ .*)/,
    /^(?<message>(?:Preparing to unpack|Unpacking|Setting up|Processing triggers for|Removing) .*)/,
  ],
  curl: [
    // Without a known size, the first column is 100 from the start, and those of both directions are 0.
    /^ *(?<percent>\d{1,3}) +\S+ +(?!0 +\S+ +0 )\d{1,3} +\S+ +\d{1,3} .*[\d:-] +(?<message>[\d.]+[kMGTP]?)$/,
    /^ *\d{1,3} +(?<message>\S+) +\d{1,3} +\S+ +\d{1,3} +\S+ +\S+ +\S+ +[\d:-]+ +[\d:-]+ +[\d:-]+ +\S+$/,
    /^[# ]*(?<percent>\d{1,3}[.,]\d)%$/,
    /^ +% Total +% Received|^ +Dload +Upload/,
  ],
  docker: [
    /^#\d+ \[(?<message>(?:[^[\]]* )?(?<done>\d+)\/(?<total>\d+)\] .+)/,
    /^#\d+ (?<message>exporting to .+)/,
    /^#\d+ (?:(?:sha256:|extracting |transferring |resolve |DONE |CACHED$|\.\.\.$).*)|^$/,
  ],
  ffmpeg: [
    /^ +Duration: (?<total>\d+:\d\d:\d\d(?:\.\d+)?),/,
    /\btime=(?<done>-?\d+:\d\d:\d\d(?:\.\d+)?) .{0,80}\b(?<message>speed= *\S+)/,
    /^out_time=(?<done>-?\d+:\d\d:\d\d(?:\.\d+)?)$/,
    /^(?<message>speed= *[\d.e+-]+x)/,
    /\btime=N\/A |^(?:frame|fps|stream_\d+_\d+_\w+|bitrate|total_size|out_time(?:_us|_ms)?|dup_frames|drop_frames|speed|progress)= *\S+$/,
  ],
  pip: [
    /^Progress (?<done>\d+) of (?<total>\d+)$/,
    /^ *[━╸╺]+ (?<done>[\d.]+)\/(?<total>[\d.]+) (?<message>\S.*)/,
    /^ *(?<message>(?:Collecting|Downloading|Building wheels? for|Installing collected packages:|Successfully) .*)/,
    /^Progress \d+/,
  ],
  pv: [
    /^(?:.{0,80}: )? *(?<message>[\d.,]+ ?[KMGT]?i?[Bb] .{0,80})\[[^\]]*\] +(?<percent>\d{1,3})%/,
    /^(?<percent>\d{1,3})$/,
    /^(?:.{0,80}: )? *(?<message>[\d.,]+ ?[KMGT]?i?[Bb] .*\])/,
  ],
  rsync: [
    /^ *[\d.,]+[KMGTP]? +(?<percent>\d{1,3})% +(?<message>\S+\/s) /,
  ],
  tqdm: [
    /\d{1,3}%\|[^|]{0,999}\| *(?<message>(?<done>[^\s/]{1,20})\/(?<total>[^\s/]{1,20}) \[.{0,200}\])/,
    /^(?:.{0,80}: )?(?<message>[^\s:]+ \[\d+:\d\d(?::\d\d)?, .*\])/,
  ],
  wget: [
    /^ *\d+[KMG] [., ]* (?<percent>\d{1,3})% +(?<message>[\d.]+[KMGT]?)/,
    /(?<percent>\d{1,3})%\[[^\]]{0,999}\] +(?<message>\S+(?: +[\d.-]+[KMGT]?B\/s)?)/,
    /^ *(?<message>\d+[KMG]) [.]{8,}/,
    /\[ *<=> *\] +(?<message>\S+(?: +[\d.-]+[KMGT]?B\/s)?)/,
  ],
};

/** The programs with a preset. */
export const PRESET_NAMES: readonly PresetName[] = Object.keys(PROGRESS_PRESETS) as PresetName[];
