import { type Signal, signal } from "@preact/signals";
import type { JSX } from "preact";

type Theme = "auto" | "light" | "dark";
const order: readonly Theme[] = ["auto", "light", "dark"];
const names: Readonly<Record<Theme, string>> = { auto: "As the system", light: "Light", dark: "Dark" };
const signs: Readonly<Record<Theme, string>> = { auto: "◐", light: "○", dark: "●" };

const theme: Signal<Theme> = signal(order.find((one) => one === localStorage.getItem("gmem-theme")) ?? "auto");
show();

function show(): void {
  document.documentElement.style.colorScheme = theme.value === "auto" ? "light dark" : theme.value;
}

/** Goes through the system's theme, light and dark. */
export function ThemeButton(): JSX.Element {
  const turn = (): void => {
    theme.value = order[(order.indexOf(theme.value) + 1) % order.length] as Theme;
    localStorage.setItem("gmem-theme", theme.value);
    show();
  };
  return (
    <button
      type="button"
      class="plain"
      onClick={turn}
      aria-label={`Theme: ${names[theme.value]}`}
      title={names[theme.value]}
    >
      {signs[theme.value]}
    </button>
  );
}
