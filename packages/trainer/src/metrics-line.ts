import type { MetricsLine } from "./metrics-log.ts";
import type { TrainStep } from "./trainer.ts";

/** The step as it stands in metrics.jsonl: what depends on the machine and the hour comes last, under one name. */
export function metricsLine({
  step,
  loss,
  parts,
  gradNorm,
  lr,
  skipped,
  lossScale,
  warning,
  evaluation,
  ...measured
}: TrainStep): MetricsLine {
  const { seconds, imagesPerSecond, memoryBytes } = measured;
  return {
    step,
    loss,
    parts,
    gradNorm,
    lr,
    skipped,
    ...(lossScale === undefined ? {} : { lossScale }),
    ...(warning === undefined ? {} : { warning }),
    ...(evaluation ? { evaluation } : {}),
    machine: { seconds: short(seconds), imagesPerSecond: short(imagesPerSecond), memoryBytes },
  };
}

const short = (value: number): number => Number(value.toPrecision(4));
