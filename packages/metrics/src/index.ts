export { type FdRandomVggOptions, fdRandomVgg, type ImageDistance, imageStatistics } from "./fd-random-vgg.ts";
export { type FeatureStatistics, featureStatistics, statisticsOf } from "./feature-statistics.ts";
export { frechetDistance } from "./frechet-distance.ts";
export { type HeldOutLoss, type HeldOutLossOptions, heldOutLoss, type MeanLoss } from "./held-out-loss.ts";
export { bootstrapInterval, type Interval, type IntervalOptions, wilsonInterval } from "./intervals.ts";
export { type RandomVggOptions, randomVgg } from "./random-vgg.ts";
