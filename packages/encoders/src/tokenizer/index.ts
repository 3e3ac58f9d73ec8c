export { type WordPieces, type WordPiecesOptions, wordPieces } from "./word-pieces.ts";
