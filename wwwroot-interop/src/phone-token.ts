// Asks the server for the phone's access token.
import { PhoneTrouble } from './phone-errors';
import type { PhoneToken } from './token-source';
import type { TokenOptions } from './voice-sdk';

const cure = 'Check the network; the phone asks again by itself.';

export async function requestToken(): Promise<PhoneToken> {
  let response: Response;
  try {
    response = await fetch('/api/twilio/token', { method: 'POST', redirect: 'manual', headers: { Accept: 'application/json' } });
  } catch {
    throw new PhoneTrouble('token', 'The phone’s access token could not be fetched: the server cannot be reached.', cure);
  }

  if (response.type === 'opaqueredirect' || response.status === 401) {
    throw new PhoneTrouble('token', 'You have been signed out.', 'Sign in again.');
  }

  if (!response.ok) {
    const reason = await response.json()
      .then((problem: { detail?: string; title?: string }) => problem.detail ?? problem.title, () => undefined);
    throw new PhoneTrouble('token', reason ?? `The server gave no access token for the phone (${response.status}).`, cure);
  }

  const answer = await response.json() as { token: string; expiresAt: string; options?: TokenOptions };
  // Both times are the server's, so neither clock's error matters.
  const now = Date.parse(response.headers.get('Date') ?? '') || Date.now();
  return { token: answer.token, lifetime: Date.parse(answer.expiresAt) - now, options: answer.options ?? {} };
}
