import { type Signal, signal } from "@preact/signals";
import type { JSX } from "preact";

/** What can be done about a notice. */
export interface Action {
  readonly name: string;
  readonly run: () => void;
}

interface Notice {
  readonly text: string;
  readonly action?: Action;
}

/** What has just happened; stays until something else does or it is closed. */
export const notice: Signal<Notice | undefined> = signal(undefined);

export function NoticeBar(): JSX.Element {
  const { text, action } = notice.value ?? {};
  return (
    <div class="notice" role="status">
      {text && (
        <p>
          <span>{text}</span>
          {action && (
            <button
              type="button"
              onClick={() => {
                notice.value = undefined;
                action.run();
              }}
            >
              {action.name}
            </button>
          )}
          <button type="button" class="plain" aria-label="Close" onClick={() => (notice.value = undefined)}>
            ×
          </button>
        </p>
      )}
    </div>
  );
}
