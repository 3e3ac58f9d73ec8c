import { expect, it } from "vitest";
import { mjhqPrompts } from "./mjhq-prompts.ts";

it("MJHQ's metadata gives each prompt its category and its picture, as the reference lays them out", () => {
  const text = JSON.stringify({
    "7d1f": { category: "animals", prompt: "an owl", arguments: "--ar 1:1" },
    a0: { category: "logo", prompt: "a fox" },
  });
  expect(mjhqPrompts(text)).toEqual([
    { id: "7d1f", category: "animals", prompt: "an owl", image: "animals/7d1f.png" },
    { id: "a0", category: "logo", prompt: "a fox", image: "logo/a0.png" },
  ]);
});

it("entries without a prompt and names that leave the folder are refused", () => {
  expect(() => mjhqPrompts('{"a": {"category": "logo"}}')).toThrow(/"a" must have category and prompt/);
  expect(() => mjhqPrompts('{"../a": {"category": "logo", "prompt": "x"}}')).toThrow(/names must be those of files/);
  expect(() => mjhqPrompts('{"a": {"category": "..", "prompt": "x"}}')).toThrow(/names must be those of files/);
  expect(() => mjhqPrompts("{}")).toThrow(/got none/);
  expect(() => mjhqPrompts("no")).toThrow(/must be JSON/);
});
