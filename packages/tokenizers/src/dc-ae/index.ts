export type { ChannelStatistics } from "../network/channel-statistics.ts";
export type { NetworkOptions } from "../network/image-network.ts";
export {
  type DcAeActivation,
  type DcAeConfig,
  type DcAeDecoderConfig,
  type DcAeEncoderConfig,
  type DcAeNorm,
  type DcAeStage,
  dcAeF32C32,
  dcAeF64C128,
  dcAeSana,
} from "./config.ts";
export { type DcAeOptions, type DcAeTokenizer, dcAe } from "./dc-ae.ts";
export { dcAeDecoder } from "./decoder.ts";
export { dcAeEncoder } from "./encoder.ts";
export { dcAeOriginalName } from "./original-names.ts";
export { dcAeParameters } from "./parameters.ts";
export { dcAeWeights } from "./weights.ts";
