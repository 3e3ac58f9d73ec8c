export { pieceMask, useLitePooled, useLiteTokens } from "./network.ts";
export { type ReadFile, useLiteParameters } from "./parameters.ts";
export { type Piece, sentencePieces } from "./pieces.ts";
export { type UseLiteEncoder, type UseLiteOptions, useLite } from "./use-lite.ts";
