import {
  array,
  cast,
  constant,
  evaluate,
  grad,
  type Named,
  type NDArray,
  type OpName,
  simplify,
  sizeOf,
  sum,
  type Tensor,
  trace,
} from "@gmem/tensor";
import { type OpCase, opCases } from "@gmem/testing";
import "@gmem/testing";
import ort from "onnxruntime-node";
import { expect, test } from "vitest";
import { profiles } from "../profile.ts";
import { engineNaming, runProgram } from "../program.ts";

const ortTypes = { f32: "float32", f64: "float64", f16: "float16", i32: "int32", bool: "bool" } as const;

/** All cases of one operation as one program: their results, and gradients of a weighted sum of them. */
function program(cases: readonly OpCase[]) {
  const feeds: Record<string, NDArray> = {};
  cases.forEach(({ inputs }, i) => {
    inputs.forEach((input, j) => {
      feeds[`${i}/x${j}`] = input;
    });
  });
  const graph = trace({ feeds }, ({ feeds: tensors }) => {
    const fetches: Record<string, Tensor> = {};
    cases.forEach(({ inputs, build, flat }, i) => {
      const xs = Object.fromEntries(inputs.map((_, j) => [`${i}/x${j}`, tensors[`${i}/x${j}`] as Tensor]));
      const results = [build(...Object.values(xs))].flat();
      results.forEach((y, k) => {
        fetches[`${i}/y${k}`] = y;
      });
      if (flat) return;
      const weighted = results.map((y) => sum(cast(y, "f32").mul(constant(ramp(y.shape)))));
      const loss = weighted.reduce((total, part) => total.add(part));
      const floats = Object.fromEntries(Object.entries(xs).filter(([, x]) => x.dtype === "f32"));
      for (const [name, d] of Object.entries(grad(loss, floats))) fetches[`d${name}`] = d;
    });
    return { fetches };
  });
  return { graph, feeds };
}

const ramp = (shape: readonly number[]): NDArray =>
  array(
    Float32Array.from({ length: sizeOf(shape) }, (_, i) => 0.5 + Math.sin(i)),
    shape,
  );

async function runModel(model: Uint8Array, feeds: Named<NDArray>): Promise<ort.InferenceSession.OnnxValueMapType> {
  const session = await ort.InferenceSession.create(model, { graphOptimizationLevel: "basic", logSeverityLevel: 3 });
  const values = Object.entries(feeds).map(([name, { dtype, shape, data }]) => {
    return [
      engineNaming.feed(name),
      new ort.Tensor(ortTypes[dtype] as "float32", data as Float32Array, shape),
    ] as const;
  });
  const fetches = session.outputNames.filter((name) => name !== "done");
  const results = await session.run(Object.fromEntries(values), fetches);
  await session.release();
  return results;
}

const names = Object.keys(opCases) as readonly OpName[];

test.each(names)("%s: every device's form gives the reference's values and gradients", async (op) => {
  const { graph, feeds } = program(opCases[op]);
  const wanted = evaluate(graph, feeds).fetches;
  for (const profile of [profiles.cpu, profiles.webgpu]) {
    const results = await runModel(runProgram(simplify(graph), profile), feeds);
    for (const [name, value] of Object.entries(wanted)) {
      const got = results[engineNaming.fetch(name)] as ort.Tensor;
      expect(String(got.dims), `${profile.name} ${name}`).toBe(String(value.shape));
      expect(array(Array.from(got.data as Float32Array, Number), value.shape), `${profile.name} ${name}`).toBeAllclose(
        array(Array.from(value.data, Number), value.shape),
        { atol: 2e-6, rtol: 2e-5 },
      );
    }
  }
});
