import type { ComponentChildren, JSX } from "preact";

interface NumberFieldProps {
  readonly label: string;
  readonly value: number | undefined;
  readonly least: number;
  readonly most: number;
  readonly step?: number | "any";
  /** What stands there while it is empty: what the run takes then. */
  readonly usual?: number | undefined;
  readonly set: (value: number | undefined) => void;
}

/** A number; empty where it is what the run takes. */
export const NumberField = ({ label, value, least, most, step = 1, usual, set }: NumberFieldProps): JSX.Element => (
  <label class="field">
    <span>{label}</span>
    <input
      type="number"
      inputMode="decimal"
      min={least}
      max={most}
      step={step}
      required={usual === undefined}
      placeholder={usual === undefined ? "" : `${usual}`}
      value={value ?? ""}
      onInput={({ currentTarget: { valueAsNumber: given } }) => {
        if (given >= least && given <= most) set(given);
        else if (Number.isNaN(given) && usual !== undefined) set(undefined);
      }}
    />
  </label>
);

interface TextFieldProps {
  readonly label: string;
  readonly value: string;
  readonly hint?: string;
  readonly placeholder?: string;
  /** Of what says that it is wrong. */
  readonly wrong?: string | undefined;
  readonly list?: string;
  readonly set: (value: string) => void;
  readonly children?: ComponentChildren;
}

/** A line of text. */
export const TextField = ({
  label,
  value,
  hint,
  placeholder = "",
  wrong,
  list,
  set,
  children,
}: TextFieldProps): JSX.Element => (
  <label class="field">
    <span>
      {label} {hint && <small class="quiet">{hint}</small>}
    </span>
    <input
      type="text"
      autoComplete="off"
      spellcheck={false}
      value={value}
      placeholder={placeholder}
      list={list}
      aria-invalid={wrong !== undefined}
      aria-describedby={wrong}
      onInput={({ currentTarget }) => set(currentTarget.value)}
    />
    {children}
  </label>
);
