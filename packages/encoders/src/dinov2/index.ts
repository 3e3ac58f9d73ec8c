export { type Dinov2Config, dinov2B, dinov2G, dinov2L, dinov2S, type PositionResampling } from "./config.ts";
export { type Dinov2Encoder, type Dinov2Options, type Dinov2Tokens, dinov2 } from "./dinov2.ts";
export { type Dinov2Features, dinov2Features } from "./dinov2-features.ts";
export { dinov2Input } from "./dinov2-input.ts";
export { dinov2Names } from "./original-names.ts";
export { dinov2Parameters } from "./parameters.ts";
export { type PositionGrid, positionTable } from "./position-table.ts";
