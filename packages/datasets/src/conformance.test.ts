import { testDataset } from "@gmem/testing";
import { mirror, subset } from "./index.ts";
import { scenes } from "./scenes/index.ts";

testDataset("scenes, centred", () => scenes({ count: 5 }));
testDataset("scenes, free", () => scenes({ count: 5, size: 24, layout: "free", seed: 3 }));
testDataset("a subset", () => subset(scenes({ count: 9 }), Int32Array.of(7, 2, 5)));
testDataset("scenes without held-out combinations", () => scenes({ count: 4, layout: "free", combinations: "seen" }));
testDataset("mirrored scenes", () => mirror(scenes({ count: 4, layout: "free" })));
