import { type Signal, signal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { settingsIn } from "../api/settings.ts";
import { recall, run, submit } from "../ask/state.ts";
import { addPicture, undo } from "../memory/bank.ts";
import { notice } from "./notice.tsx";

const isOver: Signal<boolean> = signal(false);

/** A picture that was made here gives its settings back; another joins the memory, and pictures are drawn in its style. */
export async function openFile(file: File | undefined): Promise<void> {
  if (!file) return;
  if (!file.type.startsWith("image/")) {
    notice.value = { text: `${file.name} is no picture.` };
    return;
  }
  const settings = await settingsIn(file).catch(() => undefined);
  if (settings) {
    recall(settings);
    notice.value = { text: "The settings of the picture are back." };
    return;
  }
  if (!run.value?.bank) {
    notice.value = { text: "The picture says no settings, and this run has no memory that it could join." };
    return;
  }
  const rows = await addPicture(file);
  if (rows.length === 0) return;
  location.hash = "draw";
  notice.value = {
    text: `${file.name} is row ${rows.join(", ")} of the memory. Pictures are drawn in its style.`,
    action: { name: "Undo", run: () => void undo() },
  };
  await submit();
}

/** Takes what is dropped anywhere on the page. */
export function Drop(): JSX.Element {
  useEffect(() => {
    const has = ({ dataTransfer }: DragEvent): boolean => dataTransfer?.types.includes("Files") ?? false;
    const over = (event: DragEvent): void => {
      if (!has(event)) return;
      event.preventDefault();
      isOver.value = true;
    };
    const leave = (event: DragEvent): void => {
      if (event.relatedTarget === null) isOver.value = false;
    };
    const drop = (event: DragEvent): void => {
      isOver.value = false;
      if (!has(event)) return;
      event.preventDefault();
      void openFile(event.dataTransfer?.files[0]);
    };
    addEventListener("dragover", over);
    addEventListener("dragleave", leave);
    addEventListener("drop", drop);
    return () => {
      removeEventListener("dragover", over);
      removeEventListener("dragleave", leave);
      removeEventListener("drop", drop);
    };
  }, []);
  return (
    <div class={isOver.value ? "drop over" : "drop"} aria-hidden="true">
      <p>Drop it</p>
    </div>
  );
}
