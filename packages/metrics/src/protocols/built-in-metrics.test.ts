import { testMetric } from "@gmem/testing";
import { builtInMetrics } from "./built-in-metrics.ts";

const { kid, ssim, ...others } = builtInMetrics;
// counts that are whole batches of the original CMMD: none are left out
for (const metric of Object.values(others)) testMetric(metric.name, () => metric, { count: 64, width: 4 });
testMetric("ssim", () => ssim, { count: 4 });
testMetric("kid", () => kid, { count: 40, width: 4, protocol: "dgm-eval" });
