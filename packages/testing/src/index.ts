export { allclose, type Comparison, type Numbers, type Tolerance } from "./allclose.ts";
