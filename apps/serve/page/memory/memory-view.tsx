import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { run } from "../ask/state.ts";
import { openFile } from "../look/drop.tsx";
import { bankTrouble, found, loadBank, offset, page, pageSize, redo, search, undo } from "./bank.ts";
import { BankMap } from "./bank-map.tsx";
import { Chosen } from "./chosen.tsx";
import { RowGrid } from "./row-grid.tsx";

/** The memory bank: its map, its rows, and its edits. */
export function MemoryView(): JSX.Element {
  const name = run.value?.name;
  const has = run.value?.bank !== undefined;
  useEffect(() => void loadBank(), [name]);
  if (!has)
    return <p class="empty quiet">This run has no memory: it draws by {run.value?.conditioner ?? "nothing"}.</p>;
  const { size = 0, version = "", canUndo = false, canRedo = false, rows = [] } = page.value ?? {};
  const turn = (to: number): void => {
    offset.value = to;
    void loadBank();
  };
  return (
    <div class="memory">
      <div class="bar">
        <h2>
          {size.toLocaleString("en")} rows <span class="quiet">version {version}</span>
        </h2>
        <span class="right">
          <button type="button" disabled={!canUndo} onClick={undo}>
            Undo
          </button>
          <button type="button" disabled={!canRedo} onClick={redo}>
            Redo
          </button>
          <label class="button">
            <input
              class="hidden"
              type="file"
              accept="image/*"
              onChange={({ currentTarget }) => openFile(currentTarget.files?.[0])}
            />
            Add a picture
          </label>
        </span>
      </div>
      {bankTrouble.value && (
        <p class="problem" role="alert">
          {bankTrouble.value}
        </p>
      )}
      <div class="two wide">
        <div>
          <BankMap />
          <Chosen />
        </div>
        <section aria-label="Rows">
          <Search />
          {found.value ? (
            <RowGrid rows={found.value} />
          ) : (
            <>
              <RowGrid rows={rows} />
              <nav class="bar" aria-label="Pages of rows">
                <button
                  type="button"
                  disabled={offset.value === 0}
                  onClick={() => turn(Math.max(0, offset.value - pageSize))}
                >
                  Earlier
                </button>
                <span class="quiet">
                  {offset.value} to {Math.min(size, offset.value + pageSize) - 1}
                </span>
                <button
                  type="button"
                  disabled={offset.value + pageSize >= size}
                  onClick={() => turn(offset.value + pageSize)}
                >
                  Later
                </button>
              </nav>
            </>
          )}
        </section>
      </div>
    </div>
  );
}

function Search(): JSX.Element {
  const [text, setText] = useState("");
  return (
    <search>
      <form
        class="bar"
        onSubmit={(event) => {
          event.preventDefault();
          if (text.trim() === "") found.value = undefined;
          else void search({ text: text.trim() });
        }}
      >
        <input
          class="grow"
          type="search"
          aria-label="Search the memory"
          placeholder="Search: a name, a class, or what is shown"
          value={text}
          onInput={({ currentTarget }) => {
            setText(currentTarget.value);
            if (currentTarget.value === "") found.value = undefined;
          }}
        />
        <button type="submit">Search</button>
      </form>
    </search>
  );
}
