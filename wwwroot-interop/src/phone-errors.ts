// The Voice SDK's errors and warnings as an agent reads them: what happened, and what to do about it.
// Codes: Twilio's public error dictionary and the SDK's own (docs of @twilio/voice-sdk, "Errors" and "Warnings").
import type { PhoneProblem } from './state';

const byCode: Record<number, [message: string, cure: string]> = {
  20101: ['The phone’s access token was not accepted.', 'Sign out and in again; if it stays, tell your administrator.'],
  20104: ['The phone’s access token has expired.', 'A new one is being asked for; this cures itself in a few seconds.'],
  20151: ['The carrier did not accept who this phone says it is.', 'Tell your administrator: the API key may have been changed.'],
  20157: ['The phone’s access token is longer-lived than the carrier allows.', 'Tell your administrator.'],
  31000: ['The carrier could not be reached.', 'Check this computer’s internet connection; the phone keeps trying.'],
  31003: ['No sound connection to the carrier could be made.', 'A firewall or VPN may block calls: try another network.'],
  31005: ['The connection to the carrier was lost.', 'The phone reconnects by itself.'],
  31009: ['The carrier cannot be reached at the moment.', 'The phone reconnects by itself.'],
  31201: ['The carrier did not accept this phone’s sign-in.', 'Sign out and in again.'],
  31204: ['The phone’s access token was not accepted.', 'Sign out and in again.'],
  31205: ['The phone’s access token has expired.', 'A new one is being asked for; this cures itself in a few seconds.'],
  31206: ['Too many calls were tried in a short time.', 'Wait a moment, then try again.'],
  31209: [
    'The connection to the carrier was lost for too long and the call could not be taken up again.',
    'Call back from the history.',
  ],
  31401: [
    'The browser was not allowed to use the microphone.',
    'Click the microphone or lock sign in the address bar, allow it for this page, then press “Start shift” again.',
  ],
  31402: [
    'The microphone could not be opened: none is connected, or another program holds it.',
    'Connect a microphone or close the other program, then try again.',
  ],
  31404: ['The carrier does not know this call any more.', 'It has probably ended.'],
  31480: ['The other side cannot be reached at the moment.', 'Try again in a moment.'],
  31486: ['The line is busy.', 'Try again in a moment.'],
  53000: ['The carrier reported a signalling error.', 'The phone tries again by itself.'],
  53001: ['The connection to the carrier was lost.', 'The phone reconnects by itself.'],
  53400: ['The sound connection could not be agreed on.', 'Reload the page; if it stays, use another browser.'],
  53402: ['The sound connection could not be agreed on.', 'Reload the page; if it stays, use another browser.'],
  53405: ['The sound connection was lost.', 'Check the network; the phone tries to restore it.'],
};

/** The problem to show for an error of the SDK (it has a numeric `code`), of getUserMedia (it has a `name`) or of ours. */
export function problemOf(error: unknown): PhoneProblem {
  const { code, name, message } = (error ?? {}) as { code?: unknown; name?: string; message?: string };
  const number = typeof code === 'number' && code > 999
    ? code // getUserMedia's DOMException also has a code, but a small one
    : name === 'NotAllowedError' || name === 'SecurityError' ? 31401
      : name === 'NotFoundError' || name === 'NotReadableError' || name === 'OverconstrainedError' || name === 'AbortError' ? 31402
        : undefined;
  const known = number === undefined ? undefined : byCode[number];
  if (known) {
    return { code: String(number), message: known[0], cure: known[1] };
  }

  return error instanceof PhoneTrouble
    ? { code: error.code, message: error.message, cure: error.cure }
    : {
      code: number === undefined ? 'unknown' : String(number),
      message: `The phone reported: ${message ?? 'an unknown error'}.`,
      cure: 'Try again; if it stays, reload the page.',
    };
}

export const isMicrophoneProblem = (problem: PhoneProblem | null): boolean =>
  problem !== null && (problem.code === '31401' || problem.code === '31402');

/** An error of our own: a time-out, a token refused, a call gone without an end. */
export class PhoneTrouble extends Error {
  constructor(readonly code: string, message: string, readonly cure = '') {
    super(message);
  }
}

const warnings: Record<string, string> = {
  'high-rtt': 'The network is slow: you may talk over each other.',
  'high-jitter': 'The network is unsteady: the sound may crackle.',
  'high-packet-loss': 'Sound is being lost on the network: words may drop out.',
  'high-packets-lost-fraction': 'Sound is being lost on the network: words may drop out.',
  'low-mos': 'The call’s sound quality is poor at the moment.',
  'ice-connectivity-lost': 'The sound connection is interrupted and being restored.',
  'low-bytes-received': 'Nothing is heard from the other side at the moment.',
  'low-bytes-sent': 'Your voice does not get through at the moment.',
  'constant-audio-input-level': 'Your microphone gives no sound: is it muted on the headset?',
};

/** What an agent reads for a quality warning of this name. */
export const warningOf = (name: string): string => warnings[name] ?? 'The call’s sound may be disturbed.';

/**
 * A number in E.164 as people read it, where the tables of all countries are not loaded: `+1 202 555 0111`, in one line;
 * numbers of other countries stay as they are.
 */
export const readable = (number: string): string => number.replace(/^\+1(\d{3})(\d{3})(\d{4})$/, '+1\u00a0$1\u00a0$2\u00a0$3');

/** For an agent who speaks while muted. @param keys The shortcut that opens the microphone; empty when there is none. */
export const mutedHint = (keys: string): string => `You are muted. Press ${keys || 'Unmute'} to be heard.`;
