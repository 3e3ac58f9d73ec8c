export { type PackedModel, type PackOptions, packModel } from "./pack-model.ts";
