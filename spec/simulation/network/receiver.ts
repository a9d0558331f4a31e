/** A process as the network sees it: it takes what arrives at once, or when it runs again. */
export interface Receiver {
  receive(callback: () => void): void;
}
