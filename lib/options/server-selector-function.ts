/** What a user's own selection rule may look at; server descriptions have more. */
export interface SelectableServer {
  /** `host:port` or socket path. */
  readonly address: string;
  readonly serverType: string;
  /** Moving average in milliseconds. */
  readonly roundTripTime: number | null;
  readonly tags: Readonly<Record<string, string>>;
}

/** Takes the candidates of a selection and returns those it finds suitable. */
export type ServerSelectorFunction = <TServer extends SelectableServer>(
  servers: readonly TServer[],
) => readonly TServer[];
