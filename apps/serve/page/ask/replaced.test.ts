import { expect, it } from "vitest";
import { replaced } from "./replaced.ts";

it.each([
  ["dgo + hat", "dog", "expression: at character 1, nothing is called", "dog + hat"],
  ["dog + 0.5*hta - cat", "hat", "expression: at character 11, nothing is called", "dog + 0.5*hat - cat"],
  ["dog + crimson", "red circle", "expression: at character 7, …", 'dog + "red circle"'],
  ['dog + "red cirlce"', "red circle", "expression: at character 7, …", 'dog + "red circle"'],
])("in %s the word that is wrong becomes %s", (expression, name, error, wanted) => {
  expect(replaced(expression, name, error)).toBe(wanted);
});
