// run

// model
export { sit, sitB, sitL, sitS, sitXL } from "@gmem/backbones/sit";
// data
export { encodeDataset, loadImages, trainingSet } from "@gmem/datasets";
export { imageFolder } from "@gmem/datasets/folder";
export { encodePng, pngGrid } from "@gmem/datasets/png";
export { scenes } from "@gmem/datasets/scenes";
// memory
export { fitPatchKmeans, patchKmeans } from "@gmem/encoders/patch-kmeans";
export { onnxEngine } from "@gmem/engine-onnx";
export { append, build, conditioner, interpolate, openBank, saveBank } from "@gmem/memory-bank";
export { objective, snippetMask, velocityModel } from "@gmem/model";
// train and draw
export { euler, eulerMaruyama, heun, sample } from "@gmem/samplers";
export { key } from "@gmem/tensor";
export { pixels } from "@gmem/tokenizers/pixels";
export { train } from "@gmem/trainer";
