export { doublePatch, type GridConfig, type Transferred } from "./double-patch.ts";
export { type ResizeGridOptions, resizeGrid } from "./resize-grid.ts";
