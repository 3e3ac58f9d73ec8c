import { join } from "node:path";
import { exportOnnx } from "@gmem/engine-onnx";
import { f32, trace } from "@gmem/tensor";
import { quantity } from "../output/progress.ts";
import { openRun } from "../run/open-run.ts";

/** A prime that no other length of a network is a multiple of: the exported batch axis is found by it. */
const tracedBatch = 13;

/** `gmem-train export`: v(x, t, condition) with the averaged weights inside, for any batch size. */
export async function exportRun(
  folder: string,
  { out, json }: { readonly out?: string; readonly json?: boolean },
): Promise<void> {
  const { model, parameters, files, close } = await openRun(folder);
  try {
    const n = tracedBatch;
    const feeds = { x: f32(n, ...model.backbone.latent), t: f32(n), ...model.conditioner.feeds(n) };
    const graph = trace({ feeds, state: model.avals() }, ({ feeds: given, state }) => {
      const { x, t } = given as unknown as Record<"x" | "t", Parameters<typeof model.velocity>[1]>;
      const c = model.condition(state, given); // [N,D]
      return { fetches: { velocity: model.velocity(state, x, t, c).velocity } };
    });
    const path = out ?? join(files.folder, "model.onnx");
    const written = await exportOnnx(graph, {
      path,
      parameters,
      dynamicBatch: { name: "batch", feeds: Object.keys(feeds) },
    });
    const inputs = Object.entries(graph.feeds).map(
      ([name, { dtype, shape }]) =>
        `${name} ${dtype} [batch${shape
          .slice(1)
          .map((length) => `,${length}`)
          .join("")}]`,
    );
    process.stdout.write(
      json
        ? `${JSON.stringify({ files: written, inputs, outputs: ["velocity"] })}\n`
        : `${written.join("\n")}\ninputs   ${inputs.join(", ")}\noutput   velocity; ${quantity(Object.keys(parameters).length)} tensors inside; t = 0 is data, t = 1 is noise\n`,
    );
  } finally {
    await close();
  }
}
