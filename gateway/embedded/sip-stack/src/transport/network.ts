// The datagram network as the UDP transport needs it: the operating system's (udp.ts) or one in memory (memory-network.ts).

export interface DatagramSocket {
  readonly host: string;
  readonly port: number;
  /** `failed` is called when the system refused to send; nothing is called on success. */
  send(bytes: Uint8Array, host: string, port: number, failed: (error: Error) => void): void;
  close(): Promise<void>;
}

export interface DatagramReceiver {
  received(bytes: Uint8Array, host: string, port: number): void;
}

export interface DatagramNetwork {
  /** Rejects with the system's error when the address cannot be had. */
  open(host: string, port: number, receiver: DatagramReceiver): Promise<DatagramSocket>;
  /**
   * Finds out whether anything listens at a destination: `refused` is called when the host answers "port unreachable".
   * Silence means nothing. Asking again about a destination already being asked about is free.
   */
  probe(host: string, port: number, refused: () => void): void;
  /** Ends probes under way. */
  close(): void;
}
