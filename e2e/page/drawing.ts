import { must } from "../must.ts";
import type { Steps } from "../steps.ts";
import { drawn, drawText, goTo, type Visit } from "./visit.ts";

/** Texts, sums with mistakes, copies, sweeps, and what is given up. */
export async function drawing({ step }: Pick<Steps, "step">, { page, quiet, picture }: Visit): Promise<void> {
  await step("pictures of a text come step by step, each with what is near it in the memory", async () => {
    await drawText(page, "a red heart", 4);
    await page.locator(".coming img").first().waitFor();
    await drawn(page, 4);
    await page.locator("article.job button.picture").first().click();
    await page.waitForFunction(
      String.raw`/^0\.\d+row \d+$/.test(document.querySelector("dialog .strip figcaption")?.textContent ?? "")`,
    );
    const near = await page.locator("dialog .strip figcaption").allTextContents();
    await page.getByRole("button", { name: "curl" }).click();
    const curl = (await page.locator("dialog pre").textContent()) ?? "";
    must(/^curl -s .*a red heart/.test(curl), `the copy must be a command, got ${curl}`);
    await page.waitForFunction(
      `[...document.querySelectorAll("dialog .strip img")].every(({ naturalWidth }) => naturalWidth > 0)`,
    );
    await picture("picture");
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "hidden" });
    await picture("draw");
    quiet();
    return near.join(", ");
  });

  await step("a sum with a name that there is not is told the nearest, and drawn with it", async () => {
    await page.getByText("Sum", { exact: true }).click();
    await page.getByLabel("Sum of snippets").fill("heart-suitt + 0.5*#3");
    await page.getByRole("button", { name: "Draw", exact: true }).click();
    const said = (await page.getByRole("alert").first().textContent()) ?? "";
    const complaints = await quietBut(quiet, /400/);
    await page.locator(".nearest button").first().waitFor();
    const names = await page.locator(".nearest button").allTextContents();
    await page.locator(".nearest button").first().click();
    await page.getByRole("button", { name: "Draw", exact: true }).click();
    await drawn(page, 4);
    quiet();
    return `${said}\nnear: ${names.join(", ")}; the browser's own line of the answer: ${complaints}`;
  });

  await step("a sweep draws every number of steps, guidance and seed", async () => {
    await drawText(page, "a green apple", 1);
    await drawn(page, 1);
    await goTo(page, "Sweep");
    await page.getByLabel("Steps", { exact: true }).fill("2, 6, 12");
    await page.getByLabel("Guidance").fill("1, 3");
    await page.getByLabel("Seeds").fill("0");
    await page.getByRole("button", { name: "Sweep" }).click();
    await page.waitForFunction(`document.querySelectorAll("td button.picture").length === 6`);
    await picture("sweep");
    quiet();
    return "6 pictures";
  });

  await step("a job that is cancelled leaves the queue, here and at the server", async () => {
    await goTo(page, "Draw");
    await page.getByLabel("Steps", { exact: true }).fill("200");
    await page.getByLabel("Pictures", { exact: true }).and(page.locator("input")).fill("64");
    await page.getByRole("button", { name: "Draw", exact: true }).click();
    const job = page.locator("article.job").first();
    await job.locator(".coming img").first().waitFor();
    await job.getByRole("button", { name: "Cancel" }).click();
    await job.getByText("cancelled").waitFor();
    await page.getByText("No jobs").waitFor();
    const open = await page.evaluate(async () => {
      const { jobs } = (await (await fetch("v1/jobs")).json()) as { jobs: { status: string }[] };
      return jobs.filter(({ status }) => status === "queued" || status === "running").length;
    });
    must(open === 0, `the server must have no open job, got ${open}`);
    await page.getByLabel("Steps", { exact: true }).fill("");
    await page.getByLabel("Pictures", { exact: true }).and(page.locator("input")).fill("4");
    quiet();
    return "";
  });
}

/** Browsers write a line of their own for an answer that is an error. */
async function quietBut(quiet: () => void, expected: RegExp): Promise<number> {
  try {
    quiet();
    return 0;
  } catch (error) {
    const lines = (error as Error).message.split("\n").slice(1);
    if (lines.every((line) => expected.test(line))) return lines.length;
    throw error;
  }
}
