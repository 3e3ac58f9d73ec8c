import { array, f32, trace } from "@gmem/tensor";
import { expect, it } from "vitest";
import { on } from "../test/backends.ts";
import { tfjsNodeGpu } from "./index.ts";

const unavailable = (text: string) => ({ code: "BACKEND_UNAVAILABLE", message: expect.stringContaining(text) });

/** tf as the package gives it, on a machine with or without a GPU. */
const packageOn = async (isUsingGpuDevice: boolean): Promise<unknown> => ({
  default: { ...(await on("cpu")), backend: () => ({ isUsingGpuDevice }) },
});

it.each<[string, Parameters<typeof tfjsNodeGpu>]>([
  ["here", []],
  [
    "in Node's words",
    [
      {
        load: () =>
          Promise.reject(new Error("Cannot find package '@tensorflow/tfjs-node-gpu' imported from /app/engine.js")),
      },
    ],
  ],
])("says what to install where the package is not: %s", async (_, options) => {
  await expect(tfjsNodeGpu(...options)).rejects.toMatchObject(
    unavailable("@tensorflow/tfjs-node-gpu is not installed; run `npm i @tensorflow/tfjs-node-gpu` with Node 20 or 22"),
  );
});

it("says how to build the native part where it is missing", async () => {
  const load = (): Promise<unknown> =>
    Promise.reject(
      new Error(
        "The Node.js native addon module (tfjs_binding.node) can not be found at path: lib/napi-v8.\nPlease run …",
      ),
    );
  await expect(tfjsNodeGpu({ load })).rejects.toMatchObject(
    unavailable("does not start (The Node.js native addon module (tfjs_binding.node) can not be found at path"),
  );
  await expect(tfjsNodeGpu({ load })).rejects.toThrow(
    "npm rebuild @tensorflow/tfjs-node-gpu --build-addon-from-source",
  );
});

it("does not take a missing library of the package for the package", async () => {
  const lost = new Error("Cannot find package '@mapbox/node-pre-gyp' imported from @tensorflow/tfjs-node-gpu");
  await expect(tfjsNodeGpu({ load: () => Promise.reject(lost) })).rejects.toMatchObject(unavailable("does not start"));
});

it("names the versions of Node where kernels do not run", async () => {
  const tf = await on("cpu");
  const engine = (): never => {
    throw new TypeError("(0 , util_1.isNullOrUndefined) is not a function");
  };
  await expect(tfjsNodeGpu({ load: async () => ({ default: { ...tf, engine } }) })).rejects.toMatchObject(
    unavailable("does not start ((0 , util_1.isNullOrUndefined) is not a function)"),
  );
});

it("says what TensorFlow needs to find a GPU", async () => {
  await expect(tfjsNodeGpu({ load: () => packageOn(false) })).rejects.toMatchObject(
    unavailable("finds no GPU; it needs an NVIDIA driver (`nvidia-smi` lists the GPU), CUDA 11 and cuDNN 8"),
  );
});

it("runs graphs on what it has loaded", async () => {
  const engine = await tfjsNodeGpu({ load: () => packageOn(true) });
  const double = await engine.compile(
    trace({ feeds: { x: f32(2) } }, ({ feeds }) => ({ fetches: { y: feeds.x.mul(2) } })),
  );
  expect((await double.run({ x: array([1, 2]) })).y?.data).toEqual(Float32Array.of(2, 4));
  await engine.dispose();
});
