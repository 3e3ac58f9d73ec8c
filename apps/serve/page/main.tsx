import { type Signal, signal } from "@preact/signals";
import { type JSX, render } from "preact";
import { needsToken, setToken } from "./api/ask.ts";
import { choose, loadRuns, run, runName, runs, trouble } from "./ask/state.ts";
import { BetweenView } from "./between/between-view.tsx";
import { Details } from "./details/details.tsx";
import { GalleryView } from "./gallery/gallery-view.tsx";
import { DrawView } from "./jobs/draw-view.tsx";
import { Queue } from "./jobs/queue.tsx";
import { Drop } from "./look/drop.tsx";
import { NoticeBar } from "./look/notice.tsx";
import { ThemeButton } from "./look/theme.tsx";
import { MemoryView } from "./memory/memory-view.tsx";
import { SweepView } from "./sweep/sweep-view.tsx";
import "./look/theme.css";
import "./look/parts.css";
import "./look/views.css";

const views = {
  draw: ["Draw", DrawView],
  memory: ["Memory", MemoryView],
  between: ["Between", BetweenView],
  sweep: ["Sweep", SweepView],
  gallery: ["Gallery", GalleryView],
} as const;
type View = keyof typeof views;

const here = (): View => {
  const name = location.hash.slice(1);
  return name in views ? (name as View) : "draw";
};
const view: Signal<View> = signal(here());
addEventListener("hashchange", () => {
  view.value = here();
});

function Page(): JSX.Element {
  const [, Shown] = views[view.value];
  return (
    <>
      <header class="top">
        <h1>
          <span class="sign" aria-hidden="true" />
          GMem
        </h1>
        {runs.value.length > 1 ? (
          <select aria-label="Run" value={runName.value} onChange={({ currentTarget }) => choose(currentTarget.value)}>
            {runs.value.map(({ name }) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        ) : (
          <span class="quiet">{runName.value}</span>
        )}
        <nav aria-label="Parts of the page">
          {Object.entries(views).map(([name, [title]]) => (
            <a key={name} href={`#${name}`} aria-current={view.value === name ? "page" : undefined}>
              {title}
            </a>
          ))}
        </nav>
        <Queue />
        <ThemeButton />
      </header>
      <NoticeBar />
      <main>
        {needsToken.value ? (
          <Token />
        ) : trouble.value ? (
          <Trouble />
        ) : run.value ? (
          <Shown />
        ) : (
          <p class="empty quiet">Looking for runs …</p>
        )}
      </main>
      <Details />
      <Drop />
    </>
  );
}

const Trouble = (): JSX.Element => (
  <div class="empty" role="alert">
    <p class="problem">{trouble.value}</p>
    <button type="button" onClick={loadRuns}>
      Try again
    </button>
  </div>
);

/** Asked for once, kept while the tab is open. */
const Token = (): JSX.Element => (
  <form
    class="card narrow"
    onSubmit={(event) => {
      event.preventDefault();
      setToken(String(new FormData(event.currentTarget).get("token") ?? ""));
      void loadRuns();
    }}
  >
    <label class="field">
      <span>The server asks for its token</span>
      <input name="token" type="password" autoComplete="current-password" required />
    </label>
    <button type="submit" class="main">
      Go on
    </button>
  </form>
);

render(<Page />, document.getElementById("app") as HTMLElement);
void loadRuns();
