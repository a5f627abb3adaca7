// Lines as the programs print them into a pipe; progress_programs_test.ts has the programs themselves.
import { assertEquals } from "@std/assert";
import {
  COMMON_FORMS,
  KNOWN_PROGRAMS,
  PatternRecognition,
} from "../../../src/output/protocol/recognition.ts";
import { PRESET_NAMES, type PresetName } from "../../../src/output/protocol/presets.ts";
import type { OutputStream } from "../../../src/model/protocol.ts";

function recognize(
  lines: readonly string[],
  stream: OutputStream = "stderr",
  candidates = KNOWN_PROGRAMS,
): string | undefined {
  const recognition = new PatternRecognition(candidates);
  for (const line of lines) recognition.look(line, stream);
  return recognition.best?.option;
}

const DISPLAYS: Record<PresetName, readonly string[][]> = {
  apt: [
    [
      "dlstatus:1:0.0000:Retrieving file 1 of 1",
      "dlstatus:1:31.7776:Retrieving file 1 of 1",
      "pmstatus:dpkg-exec:40.0000:Running dpkg",
    ],
  ],
  curl: [
    [
      "  % Total    % Received % Xferd  Average Speed   Time    Time     Time  Current",
      "                                 Dload  Upload   Total   Spent    Left  Speed",
      " 16 2929k   16  488k    0     0   954k      0  0:00:03 --:--:--  0:00:03  953k",
      "100 2929k  100 2929k    0     0   968k      0  0:00:03  0:00:03 --:--:--  968k",
    ],
    ["######       8.3%", "##########################      40.0%", "######## 100.0%"],
  ],
  docker: [
    [
      "#6 [ 1/11] FROM docker.io/rocm/pytorch:rocm5.5",
      "#6 DONE 0.0s",
      "#7 [ 2/11] RUN apt-get update",
    ],
  ],
  ffmpeg: [
    [
      "  Duration: 00:02:00.00, bitrate: 705 kb/s",
      "size=     256kB time=00:00:21.63 bitrate=  96.9kbits/s speed=43.3x    ",
      "size=     512kB time=00:00:43.13 bitrate=  97.2kbits/s speed=43.1x    ",
    ],
    [
      "  Duration: 00:02:00.00, bitrate: 705 kb/s",
      "out_time=00:00:21.630000",
      "out_time=00:00:43.130000",
      "progress=continue",
    ],
  ],
  pip: [
    ["Collecting big", "Progress 262144 of 2097152", "Progress 524288 of 2097152"],
  ],
  pv: [
    [
      " 256KiB 0:00:01 [ 255KiB/s] [==>                      ] 12% ETA 0:00:07",
      " 512KiB 0:00:02 [ 255KiB/s] [=====>                   ] 25% ETA 0:00:06",
    ],
    ["10", "20", "30", "40", "50", "60", "70", "80", "90", "100"],
  ],
  rsync: [
    [
      "      3,000,000  16%    6.99MB/s    0:00:00 (xfr#1, to-chk=5/7)",
      "     18,000,000 100%   20.99MB/s    0:00:00 (xfr#6, to-chk=0/7)",
    ],
  ],
  tqdm: [
    [
      "  0%|          | 0/10 [00:00<?, ?it/s]",
      " 50%|█████     | 5/10 [00:01<00:01,  4.98it/s]",
      "100%|██████████| 10/10 [00:02<00:00,  4.98it/s]",
    ],
    [
      "Epoch 1:  12%|█▏        | 12/100 [00:01<00:08, 9.9it/s]",
      "Epoch 1:  50%|█████     | 50/100 [00:05<00:05, 9.9it/s]",
    ],
    ["0it [00:00, ?it/s]", "37it [00:01, 36.6it/s]", "75it [00:02, 36.6it/s]"],
    // Nested bars, and one that is described by what another program would print.
    [
      "train:   0%|          | 0/4 [00:00<?, ?it/s]",
      "file 1:  50%|█████     | 5.00M/10.0M [00:01<00:01, 4.98MB/s]",
    ],
  ],
  wget: [
    [
      "     0K .......... .......... .......... .......... ..........  4%  118M 0s",
      "    50K .......... .......... .......... .......... ..........  8%  118M 0s",
    ],
    [
      "big                  34%[=====>              ]   1.00M   512KB/s    eta 4s",
      "big                  68%[============>       ]   2.00M   512KB/s    eta 2s",
    ],
  ],
};

for (const name of PRESET_NAMES) {
  for (const [index, lines] of DISPLAYS[name].entries()) {
    Deno.test(`the display of ${name} is recognized (${index + 1})`, () => {
      assertEquals(recognize(lines), name);
    });
  }
}

const OTHERS: [what: string, lines: string[], stream?: OutputStream][] = [
  ["numbers on stdout", ["10", "20", "30", "40", "50", "60", "70", "80", "90", "100"], "stdout"],
  ["a few numbers on stderr", ["1", "2", "3"]],
  ["one display alone", ["100%|██████████| 10/10 [00:02<00:00,  4.98it/s]"]],
  ["the same share again and again", Array(50).fill(" 50%|█████     | 5/10 [00:01<00:01]")],
  ["messages without a share", ["Get:1 http://x/ big", "Setting up hello", "Collecting 7 things"]],
  ["empty lines", Array(50).fill("")],
  ["a log", ["2026-01-02 10:00:00 INFO read 3 of 8 files", "loss 0.12 after 100% of 12/40"]],
  ["the prefixes", ["PROGRESS: 1", "PROGRESS: 2", "MESSAGE: 3"], "stdout"],
];

for (const [what, lines, stream] of OTHERS) {
  Deno.test(`no program is recognized in ${what}`, () => {
    assertEquals(recognize(lines, stream), undefined);
  });
}

Deno.test("the pattern that reads most shares is the best one", () => {
  const bar = (n: number) => ` ${n}0%|██        | ${n}/10 [00:01<00:01,  4.98it/s]`;
  assertEquals(recognize(["###  1.0%", "### 99.0%", bar(1), bar(2), bar(3)]), "tqdm");
});

Deno.test("a recognition tells what the pattern reads, and from where to where", () => {
  const recognition = new PatternRecognition();
  for (const [line] of [[" 0%|  | 0/10 [00:00<?, ?it/s]"], ["90%|█ | 9/10 [00:01<0:01, 9it/s]"]]) {
    recognition.look(line!, "stderr");
  }
  const { option, stream, shares, first, last } = recognition.best!;
  assertEquals({ option, stream, shares, first, last }, {
    ...{ option: "tqdm", stream: "stderr", shares: 2, first: 0, last: 0.9 },
  });
});

Deno.test("common forms of progress have regular expressions", () => {
  const find = (lines: string[]) => recognize(lines, "stdout", COMMON_FORMS);
  const [percent, quotient] = COMMON_FORMS.map(({ option }) => option);
  assertEquals(find(["working: 10 %", "working: 20 %"]), percent);
  assertEquals(find(["step 1 of 8", "step 2 of 8"]), quotient);
  assertEquals(find(["1/8 done", "2/8 done"]), quotient);
  assertEquals(find(["on 2026/05/12", "on 2026/06/12"]), undefined);
});
