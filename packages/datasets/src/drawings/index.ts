export type { Concept } from "./concepts.ts";
export { type DrawingExample, type Drawings, type DrawingsOptions, drawings } from "./drawings.ts";
export type { Credit } from "./icon-set.ts";
export { type DrawingsSplit, splitDrawings } from "./split-drawings.ts";
