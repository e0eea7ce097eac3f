import { beforeEach, describe, expect, it } from 'vitest';
import { ofOffer, ofTransfer, Ring, ringSamples } from '../src/ring';
import { anOffer as offerOf, FakeAudio } from './support';

const anOffer = (callId: number) => ofOffer(offerOf(callId));

describe('ring', () => {
  let audio: FakeAudio;
  let page: { hidden: boolean; title: string };
  let shown: number[];
  let withdrawn: number[];
  let ring: Ring;

  beforeEach(() => {
    audio = new FakeAudio();
    page = { hidden: false, title: 'Desk' };
    shown = [];
    withdrawn = [];
    ring = new Ring({
      createContext: () => audio as unknown as AudioContext,
      document: page,
      notices: { show: offer => shown.push(offer.callId), withdraw: callId => withdrawn.push(callId) },
    }, () => undefined);
  });

  it('tells the truth about being heard before a click has unlocked sound', async () => {
    ring.update([anOffer(1)]);
    expect(ring.isAudible).toBe(false);
    expect(ring.isRinging).toBe(false);

    await ring.unlock();
    ring.update([anOffer(1)]);

    expect(ring.isAudible).toBe(true);
    expect(ring.isRinging).toBe(true);
  });

  it('does not start over for a second caller, and stops with the last', async () => {
    await ring.unlock();
    ring.update([anOffer(1)]);
    ring.update([anOffer(1), anOffer(2)]);
    ring.update([anOffer(2)]);
    expect(audio.started).toBe(1);
    expect(audio.sounding).toBe(1);

    ring.update([]);

    expect(audio.sounding).toBe(0);
  });

  it('names the colleague who asks, and what about', () => {
    const asked = { callId: 3, from: 'Dana Whitfield', number: '+12025550114', name: 'Harbor Bank', isConsult: false, isInternal: false };
    expect(ofTransfer(asked)).toEqual({
      callId: 3, who: 'Dana Whitfield', does: 'asks for you', to: '', body: 'asks you to take Harbor Bank',
    });
    expect(ofTransfer({ ...asked, isConsult: true, name: null }).body).toMatch(/^wants to talk with you about \+1\D202\D555\D0114$/u);
    expect(ofTransfer({ ...asked, isInternal: true, number: '', name: null }).body).toBe('calls you');
  });

  it('falls silent by the audio clock ten seconds after the server’s last word', async () => {
    await ring.unlock();
    ring.update([anOffer(1)]);

    audio.currentTime = 9;
    ring.heard();
    audio.currentTime = 18.9;
    expect(audio.isHeard).toBe(true);
    audio.currentTime = 19.1;

    expect(audio.isHeard).toBe(false);
  });

  it('notifies only while the page is hidden, once per call, and withdraws what was taken', () => {
    ring.update([anOffer(1)]);
    expect(shown).toEqual([]);

    page.hidden = true;
    ring.visibilityChanged();
    ring.update([anOffer(1), anOffer(2)]);
    expect(shown).toEqual([1, 2]);

    ring.update([anOffer(2)]);
    expect(withdrawn).toEqual([1]);

    page.hidden = false;
    ring.visibilityChanged();
    expect(withdrawn).toEqual([1, 2]);
  });

  it('rings for two seconds to try, and not over a real call', async () => {
    expect(ring.test()).toBe(false);
    await ring.unlock();
    ring.update([anOffer(1)]);

    expect(ring.test()).toBe(true);

    expect(audio.started).toBe(1);
  });

  it('sounds for a second of its three and never clips', () => {
    const samples = ringSamples(8000);
    const loud = samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);

    expect(loud).toBeGreaterThan(0.2);
    expect(loud).toBeLessThan(0.6);
    expect(samples.slice(8000).every(sample => sample === 0)).toBe(true);
  });
});
