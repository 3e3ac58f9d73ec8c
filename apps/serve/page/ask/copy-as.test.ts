import { expect, it } from "vitest";
import { asCommand, asCurl, asTypeScript } from "./copy-as.ts";

const base = "http://127.0.0.1:3000/";
const body = {
  run: "mine",
  text: "it's a cat",
  count: 2,
  seed: 3,
  steps: undefined,
  guidance: 1.5,
  keep: true,
  partial: true,
};

it("a request becomes a command of curl, quoted for a shell, without what is for the page", () => {
  const json = `{"run":"mine","text":"it'\\''s a cat","count":2,"seed":3,"guidance":1.5}`;
  expect(asCurl(body, base)).toBe(
    `curl -s 'http://127.0.0.1:3000/v1/samples?wait=true' -H 'Content-Type: application/json' -d '${json}'`,
  );
});

it("a program that is TypeScript", () => {
  const text = asTypeScript(body, base);
  expect(text).toContain('fetch("http://127.0.0.1:3000/v1/samples?wait=true", {');
  expect(text).toContain('"text": "it\'s a cat"');
});

it("a command of gmem-train, where it has the flags", () => {
  expect(asCommand(body)).toBe("gmem-train sample runs/mine --text 'it'\\''s a cat' --count 2 --seed 3 --cfg 1.5");
  expect(asCommand({ run: "mine", rows: [3, 4], seed: 0 })).toBe("gmem-train sample runs/mine --rows 3,4 --seed 0");
  expect(asCommand({ run: "mine", interpolate: { from: 1, to: 2 } })).toBe(
    "gmem-train sample runs/mine --interpolate 1,2",
  );
  expect(asCommand({ run: "mine", expression: "dog + hat" })).toBeUndefined();
  expect(asCommand({ run: "mine", interpolate: { from: 1, to: 2, at: 0.3 } })).toBeUndefined();
});
