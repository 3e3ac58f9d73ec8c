import { referenceEngine } from "@gmem/tensor";
import { testTokenizer } from "@gmem/testing";
import { smallDcAe, smallDcAeWeights, smallKlVae, smallKlVaeWeights } from "../../test/small-tokenizers.ts";
import { dcAe } from "../dc-ae/index.ts";
import { sdVae } from "../sd-vae/index.ts";
import { vaVae } from "../va-vae/index.ts";

// nothing was trained: only that images come back as images is asked for
const options = { imageSize: 8, loss: 1 };
const engine = referenceEngine();
testTokenizer("sd-vae", () => sdVae(smallKlVae, { engine, weights: smallKlVaeWeights() }), options);
testTokenizer("va-vae", () => vaVae(smallKlVae, { engine, weights: smallKlVaeWeights(), tileSize: 6 }), options);
testTokenizer("dc-ae", () => dcAe(smallDcAe, { engine, weights: smallDcAeWeights() }), options);
