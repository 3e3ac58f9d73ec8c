import type { NDArray } from "@gmem/tensor";

type Owned = NDArray["data"] & { readonly buffer: ArrayBuffer };

/** A copy with an ArrayBuffer of its own, which can be handed to another thread; the original stays usable. */
export const ownCopy = (data: NDArray["data"]): Owned => data.slice() as Owned;

/** Whether an array is all that its buffer holds, so that it can be handed over without a copy. */
export const isAlone = (data: NDArray["data"]): data is Owned =>
  data.buffer instanceof ArrayBuffer && data.byteLength === data.buffer.byteLength;
