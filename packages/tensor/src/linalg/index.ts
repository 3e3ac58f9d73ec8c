export { cholesky } from "./cholesky.ts";
export { congruence } from "./congruence.ts";
export { type MatmulSize, matmulF64 } from "./matmul-f64.ts";
export { type BlockMoments, RunningMoments } from "./running-moments.ts";
export { type ScatterProgram, scatterProgram } from "./scatter-program.ts";
export { type EigenOptions, type EigenResult, symmetricEigen, symmetricEigenSync } from "./symmetric-eigen.ts";
export { transposed } from "./transposed.ts";
