export { type WordPieces, wordPieces } from "./word-pieces.ts";
