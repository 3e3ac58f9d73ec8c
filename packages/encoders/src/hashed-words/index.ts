export { type HashedWordsOptions, hashedWords } from "./hashed-words.ts";
