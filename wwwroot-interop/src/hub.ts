// What is said over the hub connection of the agent's browser, /hubs/calls.
import type { ActiveCall, AskedTransfer, CallOffer } from './state';

/** The parts of @microsoft/signalr's HubConnection that we use; tests bring a fake. */
export interface Hub {
  start(): Promise<void>;
  stop(): Promise<void>;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- SignalR's own signature
  on(method: string, handler: (...args: any[]) => void): void;
  onclose(handler: (error?: Error) => void): void;
  invoke<T>(method: string, ...args: unknown[]): Promise<T>;
  send(method: string, ...args: unknown[]): Promise<void>;
}

export interface Snapshot {
  serverTime: string;
  offers: CallOffer[];
  activeCall: ActiveCall | null;
  transfer?: AskedTransfer | null;
}

export type HubKind = 'phone' | 'command';

/** What came of taking a call. */
export interface ClaimAnswer {
  won: boolean;
  /** The call that was won, where the command did not name it. */
  callId?: number | null;
  conferenceName: string | null;
  by: string | null;
  message: string | null;
  /** What the softphone shows when it joins, once. */
  intent: string | null;
}

/** What came of a wish to dial. */
export interface DialAnswer {
  callId: number | null;
  conferenceName: string | null;
  error: string | null;
  intent: string | null;
}
