import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";

/** Pixels as they are, large; a click saves them. */
export function Picture({ image, name }: { readonly image: ImageData; readonly name: string }): JSX.Element {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => canvas.current?.getContext("2d")?.putImageData(image, 0, 0), [image]);
  const save = (): void => {
    const link = document.createElement("a");
    link.download = `${name.replaceAll(/\W+/g, "-")}.png`;
    link.href = canvas.current?.toDataURL() ?? "";
    link.click();
  };
  return (
    <button type="button" class="picture" onClick={save} aria-label={`Save ${name} as PNG`} title="Save as PNG">
      <canvas ref={canvas} width={image.width} height={image.height} />
    </button>
  );
}
