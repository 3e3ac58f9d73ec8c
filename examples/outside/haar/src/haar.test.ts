import type { Tokenizer } from "@gmem/spec";
import { referenceEngine } from "@gmem/tensor";
import { testTokenizer } from "@gmem/testing";
import { haar } from "./index.ts";

const open = haar() as unknown as (context: object) => Tokenizer;

testTokenizer("haar", () => open({ engine: referenceEngine(), imageSize: 16 }), { imageSize: 16, loss: 1e-5 });
