export { allclose, type Comparison, type Numbers, type Tolerance } from "./allclose.ts";
export type { OpCase } from "./engine/op-case.ts";
export { opCases } from "./engine/op-cases.ts";
