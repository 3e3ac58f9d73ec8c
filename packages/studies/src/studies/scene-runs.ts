import type { StudySize } from "../frame/study.ts";
import type { TrainedRunSettings } from "../trained/trained-run.ts";

/** Less than a minute on two cores: half of the preset's steps on a quarter of its network. Four checkpoints. */
const quickRun: TrainedRunSettings = {
  preset: "scenes-tiny",
  run: {
    steps: 600,
    checkpointEvery: 150,
    keep: 4,
    "image.count": 2000,
    "backbone.depth": 4,
    "backbone.hiddenSize": 64,
    "backbone.heads": 4,
  },
};

const fullRun: TrainedRunSettings = { preset: "scenes-tiny", run: { steps: 1500, checkpointEvery: 375, keep: 4 } };

/** Sizes of studies that train runs on scenes, or on pictures of `data`; what they share they train once. */
export const sceneSizes = (cell: {
  readonly quick: StudySize["settings"];
  readonly full: StudySize["settings"];
}): { readonly quick: StudySize; readonly full: StudySize } => ({
  quick: { settings: { ...quickRun, ...cell.quick }, seeds: [0, 1, 2] },
  full: { settings: { ...fullRun, ...cell.full }, seeds: [0, 1, 2] },
});

/** Pictures on each side of a distance. */
export const pictureCounts: Readonly<Record<"quick" | "full", StudySize["settings"]>> = {
  quick: { count: 128 },
  full: { count: 512, run: { ...fullRun.run, "image.heldOut": 512 } },
};

/** Of the cell `pictures`. */
export const pictureMetrics = {
  distance: { about: "FD-random-vgg to held-out pictures", better: "less" },
  adherence: { about: "share with shape and colour of an unseen scene's snippet", better: "more" },
  noisyLoss: { about: "held-out loss, t ≥ 0.5", better: "less" },
  loss: { about: "held-out loss", better: "less" },
} as const;

/** What every study at this scale says of itself. */
export const sceneNotes: readonly string[] = [
  "Ours: drawn scenes of 16×16 pixels, an encoder learned from them (patch-kmeans) and FD-random-vgg in place of FID: directions compare with the paper's numbers, values do not.",
];
