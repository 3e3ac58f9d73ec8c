import { farSnippets as cell } from "../cells/far-snippets.ts";
import type { Study } from "../frame/study.ts";
import { sceneNotes, sceneSizes } from "./scene-runs.ts";

const away = (length: number): Study["configurations"][string] => ({
  about: `moved by ${length} before it is a unit again`,
  settings: { away: length },
});

/** Appendix L: snippets that are unlike any of the bank. */
export const farSnippets: Study = {
  name: "far-snippets",
  about: "Snippets of unseen scenes, moved into a random direction",
  where: "App. L",
  cell,
  configurations: {
    "away-0": away(0),
    "away-0.25": away(0.25),
    "away-0.5": away(0.5),
    "away-1": away(1),
    "away-2": away(2),
  },
  sizes: sceneSizes({ quick: { count: 128 }, full: { count: 256 } }),
  metrics: {
    adherence: { about: "share with shape and colour of the scene", better: "more" },
    similarity: { about: "cosine to the nearest row of the bank" },
  },
  claims: [
    {
      text: "Snippets far from the bank fail",
      where: "App. L",
      rule: [{ less: ["away-2", "adherence"], more: ["away-0", "adherence"], factor: 0.5 }],
    },
    {
      text: "A small distance does no harm",
      where: "App. L names far snippets alone",
      rule: [{ less: ["away-0", "adherence"], more: ["away-0.25", "adherence"], factor: 1 / 0.9 }],
    },
  ],
  paper: [],
  notes: [...sceneNotes, "The paper names the limitation and gives no numbers."],
};
