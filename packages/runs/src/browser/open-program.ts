import { array, GMemError, type Named, type NDArray } from "@gmem/tensor";

/** What of onnxruntime-web is used: its module, or one of the same shape. */
export type Ort = Pick<typeof import("onnxruntime-web/wasm"), "InferenceSession" | "Tensor">;

/** An exported program that is open. */
export interface Program {
  /** All outputs are float32. @throws {GMemError} code `ENGINE` for what onnxruntime complains of. */
  run(feeds: Named<NDArray<"f32" | "i32">>): Promise<Named<NDArray<"f32">>>;
  close(): Promise<void>;
}

export interface ProgramFiles {
  /** For errors. */
  readonly name: string;
  readonly model: Uint8Array;
  /** Files beside it that hold its parameters. */
  readonly weights: Named<Uint8Array>;
  readonly device: BrowserDevice;
}

/** Where programs run: the GPU of the browser, or its WebAssembly. */
export type BrowserDevice = "webgpu" | "wasm";

const types = { f32: "float32", i32: "int32" } as const;

/** @throws {GMemError} code `FORMAT` for a program that onnxruntime-web cannot load. */
export async function openProgram(ort: Ort, { name, model, weights, device }: ProgramFiles): Promise<Program> {
  const externalData = Object.entries(weights).map(([path, data]) => ({ path, data }));
  const session = await ort.InferenceSession.create(model, {
    executionProviders: device === "webgpu" ? [device, "wasm"] : [device],
    externalData,
    logSeverityLevel: 3, // errors: that shapes are computed on the CPU is not one
  }).catch((cause: unknown) => {
    const rule = `browser: ${name} must be a program that onnxruntime-web can load`;
    throw new GMemError("FORMAT", `${rule}, got ${(cause as Error).message}; copy the model's folder again`, {
      cause,
    });
  });
  return {
    async run(feeds) {
      const given = Object.entries(feeds).map(
        ([input, { dtype, data, shape }]) => [input, new ort.Tensor(types[dtype], data as never, shape)] as const,
      );
      const results = await session.run(Object.fromEntries(given)).catch((cause: unknown) => {
        throw new GMemError("ENGINE", `browser: ${name}: onnxruntime-web says: ${(cause as Error).message}`, {
          cause,
        });
      });
      return Object.fromEntries(
        Object.entries(results).map(([output, { data, dims }]) => [output, array(data as Float32Array, [...dims])]),
      );
    },
    close: () => session.release(),
  };
}
