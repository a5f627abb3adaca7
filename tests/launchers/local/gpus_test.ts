// GPUs of this machine, as the environment and made-up drivers show them.
import { assertEquals } from "@std/assert";
import { findGpus, parseNvidiaList, visibleGpus } from "../../../src/launchers/local/gpus.ts";
import { withFolder } from "../../helpers/journal.ts";

function envOf(variables: Record<string, string>): (name: string) => string | undefined {
  return (name) => variables[name];
}

const VISIBLE: [variables: Record<string, string>, ids: string[] | undefined][] = [
  [{}, undefined],
  [{ CUDA_VISIBLE_DEVICES: "2,3", HIP_VISIBLE_DEVICES: "5" }, ["2", "3"]],
  [{ CUDA_VISIBLE_DEVICES: " 0 , 1 " }, ["0", "1"]],
  [{ CUDA_VISIBLE_DEVICES: "GPU-8932f937-d72c,MIG-GPU-1/2/0" }, [
    "GPU-8932f937-d72c",
    "MIG-GPU-1/2/0",
  ]],
  [{ CUDA_VISIBLE_DEVICES: "1,-1,0" }, ["1"]],
  [{ CUDA_VISIBLE_DEVICES: "" }, []],
  [{ CUDA_VISIBLE_DEVICES: "NoDevFiles" }, []],
  [{ HIP_VISIBLE_DEVICES: "1,2" }, ["1", "2"]],
  // HIP numbers the GPUs that ROCr shows anew.
  [{ ROCR_VISIBLE_DEVICES: "2,3" }, ["0", "1"]],
];

for (const [variables, ids] of VISIBLE) {
  Deno.test(`the environment ${JSON.stringify(variables)} allows ${ids ?? "all GPUs"}`, () => {
    assertEquals(visibleGpus(envOf(variables))?.ids, ids);
  });
}

Deno.test("nvidia-smi -L names GPUs by their numbers, and the parts of a split one by their UUIDs", () => {
  const text = `GPU 0: NVIDIA A100-SXM4-40GB (UUID: GPU-b6d5d4e6)
GPU 1: NVIDIA A100-SXM4-40GB (UUID: GPU-5d5ba0d6)
  MIG 3g.20gb     Device  0: (UUID: MIG-c6d4f1ef-42e4)
  MIG 3g.20gb     Device  1: (UUID: MIG-cba663e8-9bed)
GPU 2: NVIDIA A100-SXM4-40GB (UUID: GPU-0d0b0d0b)
`;
  assertEquals(parseNvidiaList(text), ["0", "MIG-c6d4f1ef-42e4", "MIG-cba663e8-9bed", "2"]);
  assertEquals(parseNvidiaList("No devices found.\n"), []);
});

Deno.test("without nvidia-smi, the driver of NVIDIA shows how many GPUs there are", async () => {
  await withFolder(async (root) => {
    for (const id of ["0000:3b:00.0", "0000:5e:00.0", "0000:af:00.0"]) {
      await Deno.mkdir(`${root}/proc/driver/nvidia/gpus/${id}`, { recursive: true });
    }
    assertEquals(await findGpus({ root, env: envOf({}) }), ["0", "1", "2"]);
    assertEquals(await findGpus({ root, env: envOf({ CUDA_VISIBLE_DEVICES: "2" }) }), ["2"]);
  });
});

Deno.test("the driver of AMD shows GPUs and processors: those with an id are GPUs", async () => {
  await withFolder(async (root) => {
    const nodes = `${root}/sys/class/kfd/kfd/topology/nodes`;
    for (const [node, id] of ["0", "0", "31415", "27182"].entries()) {
      await Deno.mkdir(`${nodes}/${node}`, { recursive: true });
      await Deno.writeTextFile(`${nodes}/${node}/gpu_id`, `${id}\n`);
    }
    assertEquals(await findGpus({ root, env: envOf({}) }), ["0", "1"]);
  });
});

Deno.test("a machine without any of that has no GPUs", async () => {
  await withFolder(async (root) => {
    assertEquals(await findGpus({ root, env: envOf({}) }), []);
  });
});
