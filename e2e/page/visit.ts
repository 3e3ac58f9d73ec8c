import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";

/** A page that is open, and what its console complained of. */
export interface Visit {
  readonly page: Page;
  /** Throws what was complained of since the last time. */
  quiet(): void;
  /** Keeps a picture of the page, where the environment says in which folder. */
  picture(name: string): Promise<void>;
}

export interface VisitOptions {
  readonly width?: number;
  readonly height?: number;
  readonly scheme?: "light" | "dark";
}

/** Opens the page and waits for its form. */
export async function visit(browser: Browser, url: string, options: VisitOptions = {}): Promise<Visit> {
  const { width = 1200, height = 860, scheme = "light" } = options;
  const page = await browser.newPage({ viewport: { width, height }, colorScheme: scheme });
  const complaints: string[] = [];
  page.on("pageerror", ({ message }) => complaints.push(message));
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(`${message.text()} ${message.location().url}`);
  });
  page.setDefaultTimeout(90_000);
  await page.goto(url);
  await page.getByRole("button", { name: "Draw", exact: true }).waitFor();
  return {
    page,
    quiet() {
      const said = complaints.splice(0);
      if (said.length > 0) throw new Error(`the console must be quiet, got\n${said.join("\n")}`);
    },
    async picture(name) {
      const folder = process.env.GMEM_PICTURES;
      if (folder === undefined) return;
      await mkdir(folder, { recursive: true });
      await page.evaluate("scrollTo(0, 0)");
      await page.waitForTimeout(400);
      await page.screenshot({ path: join(folder, `page-${name}.png`) });
    },
  };
}

/** Goes to a part of the page by its link, and waits until it is there. */
export async function goTo(page: Page, name: string): Promise<void> {
  const parts = page.getByRole("navigation", { name: "Parts of the page" });
  await parts.getByRole("link", { name }).click();
  await parts.locator('a[aria-current="page"]', { hasText: name }).waitFor();
}

/** Asks for pictures of a text. */
export async function drawText(page: Page, text: string, count: number): Promise<void> {
  await goTo(page, "Draw");
  await page.getByText("Text", { exact: true }).click();
  await page.getByLabel("What to draw").fill(text);
  await page.getByLabel("Pictures", { exact: true }).and(page.locator("input")).fill(`${count}`);
  await page.getByRole("button", { name: "Draw", exact: true }).click();
}

/** Waits until the newest job has so many pictures. */
export const drawn = (page: Page, count: number): Promise<unknown> =>
  page.waitForFunction(`document.querySelector("article.job")?.querySelectorAll("button.picture").length === ${count}`);
