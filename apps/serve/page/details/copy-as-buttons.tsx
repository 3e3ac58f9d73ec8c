import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { SampleBody } from "../api/types.ts";
import { asCommand, asCurl, asTypeScript } from "../ask/copy-as.ts";

/** The request as a command or a program, to take elsewhere. */
export function CopyAs({ settings }: { readonly settings: SampleBody }): JSX.Element {
  const [said, setSaid] = useState("");
  const copy = (name: string, text: string) => async (): Promise<void> => {
    await navigator.clipboard.writeText(text).catch(() => {}); // the text is shown, to be copied by hand
    setSaid(`${name} copied\n${text}`);
  };
  const base = document.baseURI;
  const command = asCommand(settings);
  const [first = "", ...rest] = said.split("\n");
  return (
    <div class="copy">
      <div class="bar">
        <span class="quiet">Copy as</span>
        <button type="button" onClick={copy("curl", asCurl(settings, base))}>
          curl
        </button>
        <button type="button" onClick={copy("TypeScript", asTypeScript(settings, base))}>
          TypeScript
        </button>
        {command && (
          <button type="button" onClick={copy("Command", command)}>
            Command line
          </button>
        )}
      </div>
      <div role="status">
        {said && (
          <>
            <p class="quiet">{first}</p>
            {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard */}
            <pre tabIndex={0}>{rest.join("\n")}</pre>
          </>
        )}
      </div>
    </div>
  );
}
