export { caption } from "./caption.ts";
export { checkScene, type DetectedObject, type SceneCheck } from "./check-scene.ts";
export { type ColourName, colourNames, palette } from "./palette.ts";
export { renderScene } from "./render.ts";
export type { Ground, Scene, SceneLayout, SceneObject } from "./scene.ts";
export { type SceneExample, type SceneOptions, scenes } from "./scenes.ts";
export { type ShapeName, shapeNames } from "./shapes.ts";
