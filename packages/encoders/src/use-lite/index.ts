export { installedModel } from "./installed.ts";
export { pieceMask, useLitePooled, useLiteTokens } from "./network.ts";
export { type ReadFile, type UseLiteFile, useLiteFile, useLiteParameters } from "./parameters.ts";
export { type Piece, sentencePieces } from "./pieces.ts";
export { type UseLiteEncoder, type UseLiteNetwork, type UseLiteOptions, useLite } from "./use-lite.ts";
