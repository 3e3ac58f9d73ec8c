import { testTokenizer } from "@gmem/testing";
import { pixels } from "./index.ts";

testTokenizer("pixels", () => pixels({ size: 16 }));
