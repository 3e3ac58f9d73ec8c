import { referenceEngine } from "@gmem/tensor";
import { testEngine } from "./test-engine.ts";

testEngine("reference", () => referenceEngine());
