import { GMemError, UnsupportedOpError } from "@gmem/tensor";

/** What onnxruntime complained about, as an error of GMem. Node names begin with the operation that they came from. */
export function engineError(
  engine: string,
  { code, message }: { readonly code?: string; readonly message: string },
): GMemError {
  if (code === "ABORTED") return new GMemError("ABORTED", `${engine}: the run was aborted by its signal`);
  const missing = /implementation for (\S+) node with name '(?:body\/)?([A-Za-z0-9]+)~/s.exec(message);
  if (missing)
    return new UnsupportedOpError(
      engine,
      missing[2] as string,
      `onnxruntime has no ${missing[1]} for these element types; compute in f32`,
    );
  if (/Failed to allocate memory|bad_alloc|out of memory/i.test(message))
    return new GMemError("OUT_OF_MEMORY", `${engine}: ${message}; lower the batch size, or use recomputed()`);
  if (/requires f16 but the device does not/.test(message))
    return new GMemError("BACKEND_UNAVAILABLE", `${engine}: this device has no float16; compute in float32`);
  return new GMemError("ENGINE", `${engine}: ${message}`);
}
