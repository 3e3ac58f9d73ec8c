import type { StudySize } from "../frame/study.ts";
import type { TrainedRunSettings } from "../trained/trained-run.ts";

/** Styles that runs of drawings never see here. */
export const unseenStyles = ["fluent-emoji-flat", "fluent-emoji-high-contrast"] as const;

/** Every style that pictures are judged among. */
const styles = ["noto", "noto-v1", ...unseenStyles];

/** Without guidance, as the paper draws; the preset has some. */
const seen: TrainedRunSettings["run"] = {
  data: "drawings:noto,noto-v1",
  "objective.nullProbability": 0,
  "sampler.cfg": 1,
};

const quickRun: TrainedRunSettings = {
  preset: "drawings",
  run: {
    ...seen,
    steps: 1200,
    checkpointEvery: 600,
    keep: 2,
    "backbone.depth": 4,
    "backbone.hiddenSize": 96,
    "backbone.heads": 4,
  },
};

const fullRun: TrainedRunSettings = {
  preset: "drawings",
  run: { ...seen, steps: 4000, checkpointEvery: 1000, keep: 2 },
};

/** Sizes of studies on captioned drawings: what they share they train once. */
export const drawingSizes = (cell: {
  readonly quick: StudySize["settings"];
  readonly full: StudySize["settings"];
}): { readonly quick: StudySize; readonly full: StudySize } => ({
  quick: { settings: { ...quickRun, styles, concepts: 240, ...cell.quick }, seeds: [0, 1, 2] },
  full: { settings: { ...fullRun, styles, concepts: 480, ...cell.full }, seeds: [0, 1, 2] },
});

/** What every study of drawings says of itself. */
export const drawingNotes: readonly string[] = [
  "Ours: emoji of 16×16 pixels from npm packages; runs see the styles noto and noto-v1, never fluent-emoji-flat (flat colours) and fluent-emoji-high-contrast (black on white). Pictures are judged by an encoder that is learned from all four styles and has no part in any run.",
];
