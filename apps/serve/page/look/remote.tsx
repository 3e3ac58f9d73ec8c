import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { address, ask, token } from "../api/ask.ts";

/** A picture of the server, which may ask for its token; a blank square where there is none. */
export function Remote({ path, alt }: { readonly path: string; readonly alt: string }): JSX.Element {
  const [blob, setBlob] = useState("");
  const [isMissing, setMissing] = useState(false);
  const secret = token.value;
  useEffect(() => {
    setMissing(false);
    if (!secret) return;
    let url = "";
    ask(path)
      .then((answer) => answer.blob())
      .then((found) => {
        url = URL.createObjectURL(found);
        setBlob(url);
      })
      .catch(() => setMissing(true));
    return () => URL.revokeObjectURL(url);
  }, [path, secret]);
  if (isMissing) return <span class="pixel blank" role="img" aria-label={`${alt}: no picture`} />;
  return (
    <img
      class="pixel"
      src={secret ? blob : address(path)}
      alt={alt}
      loading="lazy"
      onError={() => setMissing(!secret || blob !== "")}
    />
  );
}
