// Lines as the programs print them into a pipe. Those of docker come from logs of builds that others published.
import { assert, assertEquals } from "@std/assert";
import { PatternProtocol } from "../../../src/output/protocol/pattern.ts";
import type { Signal } from "../../../src/model/protocol.ts";
import {
  PRESET_NAMES,
  type PresetName,
  PROGRESS_PRESETS,
} from "../../../src/output/protocol/presets.ts";

const log: Signal = { kind: "log" };
const nothing: Signal = { kind: "nothing" };
const message = (text: string): Signal => ({ kind: "message", text });
const share = (share: number, text?: string): Signal =>
  text === undefined ? { kind: "share", share } : { kind: "share", share, text };

const LINES: Record<PresetName, [line: string, signal: Signal][]> = {
  apt: [
    ["Reading package lists...", log],
    [
      "Get:1 http://127.0.0.1:8766 ./ big 1 [3021 kB]",
      message("Get:1 http://127.0.0.1:8766 ./ big 1 [3021 kB]"),
    ],
    ["dlstatus:1:0.0000:Retrieving file 1 of 1", share(0, "Retrieving file 1 of 1")],
    ["dlstatus:1:31.7776:Retrieving file 1 of 1", share(0.317776, "Retrieving file 1 of 1")],
    ["pmstatus:dpkg-exec:40.0000:Running dpkg", share(0.4, "Running dpkg")],
    ["pmstatus:hello:60.0000:Configuring hello (amd64)", share(0.6, "Configuring hello (amd64)")],
    ["Setting up hello (2.10-3) ...", message("Setting up hello (2.10-3) ...")],
    ["E: Unable to locate package nope", log],
  ],
  curl: [
    ["  % Total    % Received % Xferd  Average Speed   Time    Time     Time  Current", nothing],
    ["                                 Dload  Upload   Total   Spent    Left  Speed", nothing],
    [
      "  0     0    0     0    0     0      0      0 --:--:-- --:--:-- --:--:--     0",
      message("0"),
    ],
    [
      " 16 2929k   16  488k    0     0   954k      0  0:00:03 --:--:--  0:00:03  953k",
      share(0.16, "953k"),
    ],
    [
      "100 2929k  100 2929k    0     0   968k      0  0:00:03  0:00:03 --:--:--  968k",
      share(1, "968k"),
    ],
    [
      "100 1040k    0 1040k    0     0   827k      0 --:--:--  0:00:01 --:--:--  827k",
      message("1040k"),
    ],
    [
      " 43 2929k    0     0   43 1264k      0  1255k  0:00:02  0:00:01  0:00:01 1255k",
      share(0.43, "1255k"),
    ],
    [
      "######                                                                     8.3%",
      share(0.083),
    ],
    ["########################################################################## 100.0%", share(1)],
    ["curl: (22) The requested URL returned error: 404", log],
  ],
  docker: [
    ["#1 [internal] load build definition from Dockerfile", log],
    ["#2 transferring dockerfile: 3.33kB done", nothing],
    ["#2 DONE 0.0s", nothing],
    ["", nothing],
    [
      "#6 [ 1/11] FROM docker.io/rocm/pytorch:rocm5.5",
      share(1 / 11, "1/11] FROM docker.io/rocm/pytorch:rocm5.5"),
    ],
    ["#6 sha256:c843111e501cbe1e766403401f27be92 150.99MB / 2.93GB 2.3s", nothing],
    [
      "#8 [stage-0 1/7] FROM docker.io/library/php:8.3-fpm-alpine",
      share(1 / 7, "stage-0 1/7] FROM docker.io/library/php:8.3-fpm-alpine"),
    ],
    ["#12 [prep 2/3] COPY . /src", share(2 / 3, "prep 2/3] COPY . /src")],
    ["#12 CACHED", nothing],
    ["#7 ...", nothing],
    ["#17 3.482 npm ERR! missing script: build", log],
    ["#18 exporting to image", message("exporting to image")],
    ["ERROR: failed to solve: process did not complete successfully: exit code: 1", log],
  ],
  ffmpeg: [
    ["frame=    1 fps=0.0 q=4.9 size=       0kB time=N/A bitrate=N/A speed=N/A    ", nothing],
    [
      "frame=    1 fps=0.0 q=0.0 size=       0kB time=00:00:30.00 bitrate=N/A speed=   0x    ",
      message("speed= 0x"),
    ],
    ["  Duration: N/A, start: 0.000000, bitrate: N/A", log],
    ["  Duration: 00:05:00.00, start: 0.000000, bitrate: 234 kb/s", nothing],
    ["  Duration: 00:00:00.04, start: 0.000000, bitrate: N/A", nothing],
    [
      "frame=  948 fps=471 q=29.0 size=     512kB time=00:00:30.00 bitrate= 140.1kbits/s speed=14.9x    ",
      share(0.1, "speed=14.9x"),
    ],
    [
      "size=     256kB time=00:01:00.00 bitrate= 229.7kbits/s speed=  20x    ",
      share(0.2, "speed= 20x"),
    ],
    [
      "frame=    1 fps=0.0 q=0.0 size=       0kB time=-00:00:00.02 bitrate=N/A speed=N/A    ",
      share(0, "speed=N/A"),
    ],
    ["out_time=00:02:30.000065", share(150.000065 / 300)],
    ["speed=76.5x", message("speed=76.5x")],
    ["total_size=1048620", nothing],
    ["stream_0_0_q=24.1", nothing],
    ["bitrate= 218.7kbits/s", nothing],
    ["progress=continue", nothing],
    ["in.mp4: No such file or directory", log],
  ],
  pip: [
    ["Looking in indexes: http://127.0.0.1:8767/", log],
    ["Collecting bigpkg", message("Collecting bigpkg")],
    [
      "  Downloading bigpkg-1.0-py3-none-any.whl (3.0 MB)",
      message("Downloading bigpkg-1.0-py3-none-any.whl (3.0 MB)"),
    ],
    ["Progress 786432 of 3000756", share(786_432 / 3_000_756)],
    ["Progress 786432", nothing],
    [
      "     ━━━━━━━━━━━━━━━━━━━━ 3.0/3.0 MB 1.5 MB/s eta 0:00:00",
      share(1, "MB 1.5 MB/s eta 0:00:00"),
    ],
    ["Successfully installed bigpkg-1.0", message("Successfully installed bigpkg-1.0")],
    ["ERROR: No matching distribution found for nope", log],
  ],
  pv: [
    [
      "8.00MiB 0:00:01 [7.36MiB/s] [============>                     ] 40% ETA 0:00:01",
      share(0.4, "8.00MiB 0:00:01 [7.36MiB/s]"),
    ],
    [
      "     name: 5.72MiB 0:00:00 [7.91MiB/s] [=====================>] 100%            ",
      share(1, "5.72MiB 0:00:00 [7.91MiB/s]"),
    ],
    ["40", share(0.4)],
    [
      "16.0MiB 0:00:02 [7.37MiB/s] [ <=>                                              ]",
      message("16.0MiB 0:00:02 [7.37MiB/s] [ <=> ]"),
    ],
    ["pv: nope: No such file or directory", log],
  ],
  rsync: [
    ["         32,768   0%    0.00kB/s    0:00:00  ", share(0, "0.00kB/s")],
    ["      3,000,000  16%    6.99MB/s    0:00:00 (xfr#1, to-chk=5/7)", share(0.16, "6.99MB/s")],
    ["         12.59M  69%    5.86MB/s    0:00:00  ", share(0.69, "5.86MB/s")],
    ["     18,000,000 100%    6.01MB/s    0:00:02 (xfr#6, to-chk=0/7)", share(1, "6.01MB/s")],
    ["sending incremental file list", log],
    ["rsync error: some files could not be transferred (code 23) at main.c(1338)", log],
  ],
  tqdm: [
    [
      "load:  33%|███▎      | 10/30 [00:01<00:02,  9.97it/s]",
      share(1 / 3, "10/30 [00:01<00:02, 9.97it/s]"),
    ],
    ["  0%|          | 0/30 [00:00<?, ?it/s]", share(0, "0/30 [00:00<?, ?it/s]")],
    [
      " 30%|███       | 1.50M/5.00M [00:00<00:00, 4.98MB/s]",
      share(0.3, "1.50M/5.00M [00:00<00:00, 4.98MB/s]"),
    ],
    ["20it [00:02,  9.94it/s]", message("20it [00:02, 9.94it/s]")],
    ["load: 1.50MB [1:00:02,  9.94MB/s]", message("1.50MB [1:00:02, 9.94MB/s]")],
    ["ValueError: x [y]", log],
  ],
  wget: [
    ["Length: 3000000 (2.9M)", log],
    [
      "   150K .......... .......... .......... .......... ..........  6%  411M 3s",
      share(0.06, "411M"),
    ],
    [
      "     0K ........ ........ ........ ........ ........ .....   100%  970K=3.0s",
      share(1, "970K"),
    ],
    ["    50K .......... .......... .......... .......... ..........  493M", message("50K")],
    [
      "/dev/null            16%[==>                 ] 496.28K   658KB/s               ",
      share(0.16, "496.28K 658KB/s"),
    ],
    [
      "/dev/null             0%[                    ]       0  --.-KB/s               ",
      share(0, "0 --.-KB/s"),
    ],
    [
      "/dev/null               [ <=>                ]   1.20M   813KB/s               ",
      message("1.20M 813KB/s"),
    ],
    ["2026-11-24 10:25:44 (970 KB/s) - 'x' saved [3000000/3000000]", log],
  ],
};

for (const name of PRESET_NAMES) {
  Deno.test(`the pattern of ${name} reads what it prints`, () => {
    const protocol = new PatternProtocol(PROGRESS_PRESETS[name]);
    for (const [line, signal] of LINES[name]) {
      assertEquals(protocol.parse(line, "stderr"), signal, line);
    }
  });
}

Deno.test("no pattern takes long for a line that no screen can show", () => {
  const lines = [
    "1",
    "1 ",
    "a",
    ".",
    " ",
    "[",
    "|",
    "%|",
    ":",
    "1%",
    "#",
    "1:",
    "time=",
    "─",
    "Duration: ",
    "1b[",
    "1%[",
    "1%|1/1 [",
    "time=1:11:11 ",
    "[ <=> ",
    "1 - ",
    "dlstatus:1:",
    "#1 [1 ",
  ];
  for (const name of PRESET_NAMES) {
    const protocol = new PatternProtocol(PROGRESS_PRESETS[name]);
    for (const text of lines) {
      const line = text.repeat(65_536 / text.length);
      const start = performance.now();
      protocol.parse(line, "stderr");
      const ms = performance.now() - start;
      assert(ms < 500, `${name} took ${ms} ms for ${JSON.stringify(text)}`);
    }
  }
});
