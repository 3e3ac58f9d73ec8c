import sharp from "sharp";
import { must } from "../must.ts";
import type { Steps } from "../steps.ts";
import { drawn, drawText, goTo, type Visit } from "./visit.ts";

/** Drawing that begins from a picture, in a part of it that a pointer has chosen. */
export async function beginning({ step }: Pick<Steps, "step">, { page, quiet, picture }: Visit): Promise<void> {
  await step("a picture is drawn from, and only in the part that was chosen", async () => {
    await goTo(page, "Draw");
    const buffer = await sharp(Buffer.from(sun)).resize(96, 96).png().toBuffer();
    await page.locator("label.begin input").setInputFiles({ name: "sun.png", mimeType: "image/png", buffer });
    await page.getByText("From sun.png").waitFor();
    await page.getByRole("slider", { name: /Strength/ }).fill("0.9");
    const box = await page.locator(".begin .frame").boundingBox();
    if (!box) throw new Error("the picture must be seen");
    await page.mouse.move(box.x + 2, box.y + 2);
    await page.mouse.down();
    await page.mouse.move(box.x + 0.5 * box.width, box.y + box.height - 1, { steps: 5 });
    await page.mouse.up();
    must((await page.getByLabel("Drawn anew").inputValue()) === "A part of your own", "the part must be the pointer's");
    await page.getByLabel("Drawn anew").selectOption("The left half");
    const asked = page.waitForRequest((request) => request.method() === "POST" && /v1\/samples/.test(request.url()));
    await drawText(page, "a red heart", 4);
    const body = (await asked).postDataJSON() as { image?: string; mask?: string; strength?: number };
    must(body.strength === 0.9 && body.image !== undefined && body.mask !== undefined, "all three must be sent");
    await drawn(page, 4);
    await picture("begin");
    const [left, right] = await page
      .locator("article.job")
      .first()
      .locator("button.picture img")
      .first()
      .evaluate(meanColours);
    must(
      Math.max(...right.map((value, i) => Math.abs(value - (blue[i] as number)))) < 12,
      `the right half must stay blue, got ${right}`,
    );
    must(
      Math.max(...left.map((value, i) => Math.abs(value - (blue[i] as number)))) > 20,
      `the left half must be drawn anew, got ${left}`,
    );
    await page.getByRole("button", { name: "Without a picture" }).click();
    quiet();
    return `left ${left.map(Math.round)}, right ${right.map(Math.round)}`;
  });
}

const blue = [34, 85, 204] as const;
const sun = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><rect width="8" height="8" fill="#2255cc"/></svg>`;

/** Of both halves of a picture of the page. */
function meanColours(image: unknown): [number[], number[]] {
  const { document } = globalThis as unknown as { document: { createElement(name: string): Canvas } };
  const canvas = document.createElement("canvas");
  canvas.width = 16;
  canvas.height = 16;
  const context = canvas.getContext("2d");
  context.drawImage(image, 0, 0, 16, 16);
  const of = (x: number): number[] => {
    const { data } = context.getImageData(x, 0, 8, 16);
    return [0, 1, 2].map((c) => {
      let sum = 0;
      for (let i = c; i < data.length; i += 4) sum += data[i] as number;
      return sum / (data.length / 4);
    });
  };
  return [of(0), of(8)];
}

interface Canvas {
  width: number;
  height: number;
  getContext(kind: "2d"): {
    drawImage(image: unknown, x: number, y: number, width: number, height: number): void;
    getImageData(x: number, y: number, width: number, height: number): { readonly data: Uint8ClampedArray };
  };
}
