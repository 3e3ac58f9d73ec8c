import { testEngine } from "@gmem/testing";
import { onnxEngine } from "./index.ts";

testEngine("onnxruntime on the CPU", () => onnxEngine(), { lostNan: { max: 3 } });
