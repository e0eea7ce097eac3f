// What crosses between this module, the other tabs and .NET (UppalCrm.Web/Softphone/PhoneState.cs has the same).

export type PhoneStatus =
  | 'off' | 'connecting' | 'ready' | 'onCall' | 'reconnecting' | 'noMicrophone' | 'tokenProblem'
  | 'serverLost' | 'inAnotherTab' | 'inAnotherBrowser' | 'unsupported';

export type CallPhase = 'connecting' | 'open' | 'reconnecting' | 'ending';
export type PhoneRole = 'agent' | 'supervisor';
export type SupervisorMode = 'listen' | 'whisper' | 'barge';
export type DeviceKind = 'microphone' | 'speaker' | 'ringer';

export interface PhoneProblem {
  code: string;
  words: string;
  cure: string;
}

export interface PhoneCall {
  callId: number;
  conference: string;
  role: PhoneRole;
  phase: CallPhase;
  muted: boolean;
  /** ISO 8601, server time. */
  mutedSince: string | null;
  /** For an agent who speaks although muted; null while no hint is needed. */
  mutedHint: string | null;
  /** ISO 8601, server time; null while connecting. */
  startedAt: string | null;
  carrierSid: string | null;
  /** Quality warnings that hold now, as the agent reads them. */
  warnings: string[];
}

export interface SoftphoneState {
  light: PhoneStatus;
  detail: string;
  shiftStarted: boolean;
  audible: boolean;
  ringing: boolean;
  canBringHere: boolean;
  call: PhoneCall | null;
  problem: PhoneProblem | null;
}

/** What became of something asked of the phone; `message` is for the agent to read. */
export interface PhoneAnswer {
  done: boolean;
  message: string | null;
}

export const done: PhoneAnswer = { done: true, message: null };
export const refused = (message: string): PhoneAnswer => ({ done: false, message });

/** Who and what is offered. Times are ISO 8601, server time. */
export interface CallOffer {
  callId: number;
  version: number;
  /** E.164. */
  from: string;
  fromName: string | null;
  line: string;
  waitingSince: string;
  expiresAt: string;
}

/** The agent's call as the server knows it. */
export interface ActiveCall {
  callId: number;
  conference: string;
  direction: string;
  status: string;
  otherParty: string;
  otherName: string | null;
  answeredAt: string | null;
}
