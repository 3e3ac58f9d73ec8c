import type { Encoder } from "@gmem/spec";
import { referenceEngine } from "@gmem/tensor";
import { testEncoder } from "@gmem/testing";
import { colourGrid } from "./index.ts";

const open = colourGrid({ cells: 4 }) as unknown as (context: object) => Encoder;

testEncoder("colour-grid", () => open({ engine: referenceEngine() }), { imageSize: 16 });
