import type { Browser } from "playwright-core";
import { must } from "../must.ts";
import { served } from "../served.ts";
import type { Steps } from "../steps.ts";
import { drawn, drawText } from "./visit.ts";

/** A server with a token and two runs, in a folder where the model that ships has been served before. */
export async function guarded(
  { step }: Pick<Steps, "step">,
  { browser, folder }: { readonly browser: Browser; readonly folder: string },
): Promise<void> {
  await step("a page asks for the token of its server, and draws with each of two runs", async () => {
    const args = ["runs/drawings", "second=runs/drawings", "--slots", "4"];
    const server = await served(folder, { args, env: { ...process.env, GMEM_TOKEN: "a secret of the test" } });
    const page = await browser.newPage({ viewport: { width: 1200, height: 860 } });
    page.setDefaultTimeout(60_000);
    try {
      await page.goto(server.url);
      const token = page.getByLabel("The server asks for its token");
      await token.fill("a wrong one");
      await page.getByRole("button", { name: "Go on" }).click();
      await token.waitFor();
      await token.fill("a secret of the test");
      await page.getByRole("button", { name: "Go on" }).click();
      await page.getByRole("button", { name: "Draw", exact: true }).waitFor();
      const seen: (string | undefined)[] = [];
      for (const name of ["drawings", "second"]) {
        await page.getByLabel("Run").selectOption(name);
        const asked = page.waitForRequest(
          (request) => request.method() === "POST" && /v1\/samples/.test(request.url()),
        );
        await drawText(page, "a dog", 2);
        seen.push((await asked).postDataJSON().run);
        await drawn(page, 2);
      }
      must(`${seen}` === "drawings,second", `each run must be asked, got ${seen}`);
      await page.waitForFunction(
        `[...document.querySelectorAll("article.job img")].every(({ naturalWidth }) => naturalWidth > 0)`,
      );
      const runs = await page.evaluate(`fetch("v1/runs").then(({ status }) => status)`);
      must(runs === 401, `without the token the server must refuse, got ${runs}`);
      return seen.join(", ");
    } finally {
      await page.close();
      await server.close();
    }
  });
}
