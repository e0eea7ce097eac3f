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
  message: string;
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
  /** The last digits that were sent into the call. */
  digits: string;
  /** Quality warnings that hold now, as the agent reads them. */
  warnings: string[];
}

/** What a button, a key or a notification may ask of a live call. The buttons carry it: `data-call-action`. */
export type CallAction =
  | 'accept' | 'decline' | 'dial' | 'callColleague' | 'join' | 'hold' | 'unhold' | 'mute' | 'unmute' | 'digit' | 'hangUp'
  | 'undoHangUp' | 'dismiss'
  | 'consult' | 'transferToEverybody' | 'handOver' | 'talk' | 'transferOutside' | 'consultOutside'
  | 'transfer' | 'cancelTransfer' | 'acceptTransfer' | 'declineTransfer' | 'takeOver' | 'giveTo'
  | 'holdParty' | 'unholdParty' | 'muteParty' | 'unmuteParty' | 'removeParty' | 'giveToParty' | 'leave'
  | 'dialSecond' | 'switchCalls' | 'joinCalls' | 'bringOver';

export interface CallCommand {
  action: CallAction;
  /** Null for `dial` and `callColleague`. */
  callId: number | null;
  /** The number to dial, the digits to send, whom to call, to hand over to or to consult, with whom to talk, or the party of the call;
   * null for all others. */
  value: string | null;
  /** What a colleague is told who is asked to take the call. */
  note?: string;
}

/** A command that was refused, or that failed. */
export interface Refusal extends CallCommand {
  /** For the agent to read. */
  message: string;
  /** The agent's own phone could not join; the other side has nothing to do with it. */
  ofPhone: boolean;
}

export interface PhoneState {
  status: PhoneStatus;
  detail: string;
  shiftStarted: boolean;
  audible: boolean;
  canBringHere: boolean;
  call: PhoneCall | null;
  problem: PhoneProblem | null;
  /** Commands that were given and are not answered yet. */
  pending: CallCommand[];
  /** What was refused last, of each command, until it is given again, dismissed, or another call is up. */
  refusals: Refusal[];
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
  /** Our number that was called. */
  line: string;
  waitingSince: string;
  expiresAt: string;
  /** Its agent was lost: it comes before those who have talked to nobody yet. */
  wasAnswered: boolean;
}

/** A call that a colleague asks this agent to take. */
export interface AskedTransfer {
  callId: number;
  /** Who asks. */
  from: string;
  /** The customer's: E.164, or what the carrier says instead; empty when the colleague just calls. */
  number: string;
  name: string | null;
  isConsult: boolean;
  /** The colleague just calls: there is no customer. */
  isInternal: boolean;
}

/** Something that rings: a call that is offered, or one that a colleague asks this agent to take. */
export interface Ringing {
  callId: number;
  who: string;
  /** Goes on after `who`. */
  does: string;
  /** Our number that was called, readable; empty for a colleague's request. */
  to: string;
  /** What a desktop notification says below `who`. */
  body: string;
}

/** The agent's call as the server knows it. */
export interface ActiveCall {
  callId: number;
  conference: string;
  /** In conversation: it can be held. */
  isConnected: boolean;
  /** By the carrier's word. */
  isHeld: boolean;
  /** The customer stays when this phone is lost, which then joins again by itself. */
  mayReturn: boolean;
  /** The call goes on when this phone's leg leaves it. */
  outlivesLeg: boolean;
  /** The agent's leg is gone, and the customer waits for the agent. */
  isAwaited: boolean;
  otherParty: string;
  otherName: string | null;
}
