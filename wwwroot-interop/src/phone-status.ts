// The phone status in one word, and in one sentence for the agent. Pure: from what is known of the phone at one moment.
import { isMicrophoneProblem } from './phone-errors';
import { sentence } from './phone-problems';
import type { Softphone } from './softphone';
import type { PhoneStatus, PhoneState } from './state';

export interface PhoneFacts {
  /** This browser can make calls at all. */
  isSupported: boolean;
  /** The phone is in another browser. */
  isElsewhere: boolean;
  /** The server was heard in the last ten seconds. */
  isServerHeard: boolean;
  /** The server answers, and no WebSocket gets through to it. */
  isSocketBlocked: boolean;
  /** Sound is unlocked: a ring would be heard. */
  isAudible: boolean;
  phone: Pick<Softphone, 'call' | 'isOpen' | 'problem' | 'registration' | 'tokenInDanger'>;
}

const socketBlocked =
  'The network lets this page through, but no WebSocket (wss), which calls need. Tell your administrator: the proxy or '
  + 'firewall must let WebSockets through to /hubs/calls and /_blazor of this server, and to the carrier.';
const unsupported = 'This browser cannot make calls. Use a current Chrome, Edge, Firefox or Safari, over https.';

export function statusOf(now: PhoneFacts): PhoneStatus {
  const { phone } = now;
  if (!now.isSupported) return 'unsupported';
  // In a call, too: nobody hears the agent.
  if (isMicrophoneProblem(phone.problem) && !now.isElsewhere) return 'noMicrophone';
  if (phone.call) return phone.call.phase === 'reconnecting' ? 'reconnecting' : 'onCall';
  if (now.isElsewhere) return 'inAnotherBrowser';
  if (!phone.isOpen) return 'off';
  if (phone.problem?.code === 'token' || phone.tokenInDanger) return 'tokenProblem';
  if (!now.isServerHeard) return 'serverLost';
  return phone.registration === 'ready' ? 'ready' : 'connecting';
}

export function detailOf(status: PhoneStatus, now: PhoneFacts): string {
  const { problem, call } = now.phone;
  switch (status) {
    case 'off': return now.isSocketBlocked ? socketBlocked : 'The phone is off. Press “Start shift” to take calls.';
    case 'connecting': return problem ? sentence(problem) : 'Connecting to the carrier.';
    case 'ready': return now.isAudible ? 'Ready for calls.' : 'Ready, but silent: click anywhere in this page so that the phone may ring.';
    case 'onCall':
      return problem ? sentence(problem)
        : call?.phase === 'connecting' ? 'Joining the call.'
          : call?.phase === 'ending' ? 'Ending the call.' : 'In a call.';
    case 'reconnecting': return 'The call’s connection is being restored; stay on the line.';
    case 'noMicrophone': return sentence(problem!);
    case 'tokenProblem':
      return problem ? sentence(problem)
        : 'The phone’s access token is running out and cannot be renewed. Check the network, or sign out and in again.';
    case 'serverLost': return now.isSocketBlocked ? socketBlocked :
      'UppalCRM’s server cannot be reached. Calls that are up go on; new ones wait.';
    case 'inAnotherTab': return 'Your phone is in another tab.';
    case 'inAnotherBrowser': return 'Your phone is in another browser, where you signed in later.';
    case 'unsupported': return unsupported;
  }
}

/** A phone of which nothing is known, and which can be asked nothing. */
export const noPhone = (status: PhoneStatus, detail: string): PhoneState => ({
  status, detail, shiftStarted: false, audible: false, canBringHere: false, call: null, problem: null, pending: [], refusals: [],
});

/** How another tab's phone looks from this one. */
export const mirrored = (state: PhoneState): PhoneState => state.status === 'inAnotherBrowser' ? state : {
  ...state,
  status: 'inAnotherTab',
  detail: `Your phone is in another tab (${state.detail.replace(/\.$/, '')}).`,
  canBringHere: state.call === null,
};
