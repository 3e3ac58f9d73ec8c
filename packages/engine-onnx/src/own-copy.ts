import type { NDArray } from "@gmem/tensor";

type Owned = NDArray["data"] & { readonly buffer: ArrayBuffer };

/** A copy with an ArrayBuffer of its own, which can be handed to another thread; the original stays usable. */
export const ownCopy = (data: NDArray["data"]): Owned => data.slice() as Owned;
