/** What stands around a prompt, and in place of none. */
export interface PromptTemplate {
  /** Names it among the ids of encoders. */
  readonly id: string;
  /** With {prompt} where the prompt stands. */
  readonly prompt: string;
  readonly null: string;
}

const turn = (text: string): string => `<|im_start|>user\n${text}<|im_end|>\n<|im_start|>assistant\n<img>`;

/** OpenUni's: a turn of InternVL3's user, and the token that begins a picture. */
export const openUniTemplate: PromptTemplate = {
  id: "openuni",
  prompt: turn("Generate an image: {prompt}"),
  null: turn("Generate an image."),
};

/** Nothing around a prompt, for encoders that know no turns. */
export const bareTemplate: PromptTemplate = { id: "bare", prompt: "{prompt}", null: "Generate an image." };

/** A prompt in its template, word for word, without white space around it. */
export const said = ({ prompt }: PromptTemplate, text: string): string => prompt.replace("{prompt}", () => text.trim());
