import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Steps } from "../steps.ts";
import type { Consumer } from "./consumer.ts";
import { onEveryNode } from "./node-versions.ts";

/** Feeds, fetches, state and files in float16 come back bit by bit: Node 24 has a Float16Array, older ones have not. */
const program = `
import { exportOnnx, onnxEngine, openOnnx } from "@gmem/engine-onnx";
import { array, trace } from "@gmem/tensor";

const x = array([0x3c00, 0xc000, 0x7bff], [3], "f16"); // 1, −2, 65504
const graph = trace({ feeds: { x }, state: { s: x } }, ({ feeds, state }) => ({
  fetches: { fed: feeds.x, held: state.s },
  nextState: { s: feeds.x },
}));
const engine = await onnxEngine();
const state = await engine.state({ s: array([0, 0, 0], [3], "f16") });
const program = await engine.compile(graph, { state });
await program.run({ x });
const { fed, held } = await program.run({ x });
const { s } = await state.read();
await engine.dispose();

await exportOnnx(trace({ feeds: { x } }, ({ feeds }) => ({ fetches: { y: feeds.x } })), { path: "half.onnx" });
const model = await openOnnx("half.onnx");
const { y } = await model.run({ x });
await model.close();

for (const [name, { data }] of Object.entries({ fed, held, s, y }))
  if (String(data) !== String(x.data)) throw new Error(\`float16: \${name} must be \${x.data}, got \${data}\`);
console.log(typeof Float16Array === "undefined" ? "without Float16Array" : "with Float16Array");
`;

export async function halfPrecision(steps: Steps, { folder }: Consumer): Promise<void> {
  await writeFile(join(folder, "float16.js"), program);
  await onEveryNode(steps, "float16", { file: "float16.js", folder });
}
