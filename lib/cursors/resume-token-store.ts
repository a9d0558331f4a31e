import type { Document } from '../bson/document.js';

/** Where a program keeps its place in the log over restarts, such as a file or a document of a collection. */
export interface ResumeTokenStore {
  /** The token kept last; `undefined` or `null` at the very first start. Asked for once, when the stream is opened. */
  load(): Promise<Document | null | undefined> | Document | null | undefined;
  /**
   * Keeps a token. Everything up to it has been handed out and dealt with: it is called when the reader asks for more
   * than one batch held, and while nothing happens. The stream waits for it; a failure reaches the reader.
   */
  save(token: Document): Promise<void> | void;
}
