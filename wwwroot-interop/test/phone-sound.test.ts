// The phone-network page of the simulator: its arithmetic of sound, and what it takes out of an offer.
import { describe, expect, it } from 'vitest';
import { withoutNoiseAndTones } from '../../UppalCrm.Simulator/Page/sdp.js';
import
{
    bell, Decimator, FLOOR_DB, interleave, keyTone, recordingFrame, ringbackTone, rms, sayNotes, spokenNoise, toDb, toneDb,
} from '../../UppalCrm.Simulator/Page/sound.js';

const RATE = 48_000;

function tone(hz: number, amplitude: number, count: number, rate = RATE): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => amplitude * Math.sin((2 * Math.PI * hz * i) / rate));
}

function decimated(input: Float32Array, block = 128): Float32Array {
  const filter = new Decimator(RATE, 16_000);
  const output = new Float32Array(Math.ceil(input.length / 3) + 1);
  let count = 0;
  for (let i = 0; i < input.length; i += block) {
    count += filter.push(input.subarray(i, i + block), output, count);
  }
  return output.subarray(0, count);
}

describe('reading levels', () => {
  it('reads a tone of half of full scale as -6 dB, wherever it falls between the bins', () => {
    for (const hz of [440, 620, 997.3, 1000, 3400]) {
      expect(toneDb(tone(hz, 0.5, 4096), hz, RATE)).toBeCloseTo(-6.02, 1);
    }
  });

  it('tells the test tones apart by at least 60 dB', () => {
    const samples = tone(1000, 0.5, 4096);

    expect(toneDb(samples, 620, RATE)).toBeLessThan(-66);
    expect(toneDb(samples, 440, RATE)).toBeLessThan(-66);
  });

  it('finds each tone of a mix at its own level', () => {
    const loud = tone(440, 0.5, 4096);
    const quiet = tone(1000, 0.05, 4096);
    const mix = loud.map((sample, i) => sample + quiet[i]!);

    expect(toneDb(mix, 440, RATE)).toBeCloseTo(-6.02, 1);
    expect(toneDb(mix, 1000, RATE)).toBeCloseTo(-26.02, 1);
  });

  it('reads silence, and no sound at all, as the floor', () => {
    expect(toneDb(new Float32Array(4096), 1000, RATE)).toBe(FLOOR_DB);
    expect(toneDb(new Float32Array(0), 1000, RATE)).toBe(FLOOR_DB);
    expect(toDb(rms(new Float32Array(0)))).toBe(FLOOR_DB);
  });

  it('reads a sine of full scale as -3 dB root mean square', () => {
    expect(toDb(rms(tone(1000, 1, 4800)))).toBeCloseTo(-3.01, 2);
  });
});

describe('lowering the rate', () => {
  it('gives one sample for three, however the sound is cut into blocks', () => {
    const input = tone(1000, 0.5, 4799);

    const whole = decimated(input, 4799);
    const inBlocks = decimated(input, 128);

    expect(whole.length).toBe(1599);
    expect([...inBlocks]).toEqual([...whole]);
  });

  it('leaves speech as loud as it was', () => {
    for (const hz of [100, 440, 1000, 3400, 6000]) {
      const output = decimated(tone(hz, 0.5, 24_000)).subarray(200);
      expect(toneDb(output, hz, 16_000)).toBeCloseTo(-6.02, 1);
    }
  });

  it('lets nothing above the new limit fold down', () => {
    for (const hz of [9000, 12_000, 15_000, 16_440, 20_000]) {
      const output = decimated(tone(hz, 0.5, 24_000)).subarray(200);
      expect(toDb(rms(output))).toBeLessThan(-80);
    }
  });

  it('refuses rates that are no whole multiple', () => {
    expect(() => new Decimator(44_100, 16_000)).toThrow(RangeError);
  });
});

describe('recorded sound on the wire', () => {
  it('puts left and right in turn and cuts what is too loud', () => {
    expect([...interleave(Float32Array.of(0.5, 2), Float32Array.of(-0.5, -2), 2)]).toEqual([16_384, -16_383, 32_767, -32_767]);
  });

  it('carries the sid as 34 ASCII bytes and then little-endian samples', () => {
    const sid = `RE${'0123456789abcdef'.repeat(2)}`;

    const bytes = new Uint8Array(recordingFrame(sid, Int16Array.of(1, -2, 256)));

    expect(String.fromCharCode(...bytes.subarray(0, 34))).toBe(sid);
    expect([...bytes.subarray(34)]).toEqual([1, 0, 0xfe, 0xff, 0, 1]);
  });

  it('refuses a sid that would shift the sound', () => {
    expect(() => recordingFrame('RE1', Int16Array.of(1))).toThrow(RangeError);
  });
});

describe('made sounds', () => {
  const sounds: [string, Float32Array][] = [
    ['ringback', ringbackTone(RATE)],
    ['bell', bell(RATE)],
    ['spoken words', sayNotes(RATE)],
    ['spoken noise', spokenNoise(RATE)],
    ['a key', keyTone('5', RATE)],
  ];

  it.each(sounds)('%s is heard, is not too loud, and can be repeated without a click', (_, samples) => {
    const peak = samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);

    expect(peak).toBeGreaterThan(0.1);
    expect(peak).toBeLessThanOrEqual(0.5 + 1e-6);
    expect(Math.abs(samples[0]! - samples.at(-1)!)).toBeLessThan(0.02);
  });

  it('rings back with 440 and 480 Hz for two seconds, then is silent for four', () => {
    const samples = ringbackTone(RATE);

    expect(samples.length).toBe(6 * RATE);
    expect(toneDb(samples.subarray(RATE, RATE + 8192), 440, RATE)).toBeCloseTo(-20, 0);
    expect(toneDb(samples.subarray(RATE, RATE + 8192), 480, RATE)).toBeCloseTo(-20, 0);
    expect(rms(samples.subarray(2 * RATE + 1))).toBe(0);
  });

  it('keeps the stand-in for words clear of the test tones', () => {
    const samples = sayNotes(RATE).subarray(0.1 * RATE, 0.1 * RATE + 8192);

    for (const hz of [440, 620, 1000]) {
      expect(toneDb(samples, hz, RATE)).toBeLessThan(-60);
    }
  });

  it('has the two tones of each key, and silence for what is no key', () => {
    const five = keyTone('5', RATE).subarray(800, 4896);

    expect(toneDb(five, 770, RATE)).toBeCloseTo(-20, 0);
    expect(toneDb(five, 1336, RATE)).toBeCloseTo(-20, 0);
    expect(rms(keyTone('x', RATE))).toBe(0);
    expect(rms(keyTone('', RATE))).toBe(0);
  });

  it('is the same noise each time', () => {
    const [first, second] = [spokenNoise(8000), spokenNoise(8000)];

    // Not toEqual, which looks at each sample as at an object: on a busy machine that takes longer than a test may.
    expect(second.length).toBe(first.length);
    expect(second.every((sample, i) => sample === first[i])).toBe(true);
  });
});

describe('an offer of the Voice SDK', () => {
  const offer = [
    'v=0',
    'm=audio 9 UDP/TLS/RTP/SAVPF 0 111 13 110 126',
    'a=rtpmap:0 PCMU/8000',
    'a=rtpmap:111 opus/48000/2',
    'a=fmtp:111 minptime=10;useinbandfec=1',
    'a=rtpmap:13 CN/8000',
    'a=rtpmap:110 telephone-event/48000',
    'a=rtpmap:126 telephone-event/8000',
    'a=fmtp:126 0-16',
    'a=ssrc:1 cname:x',
    '',
  ].join('\r\n');

  it('loses comfort noise and telephone-event, and nothing else', () => {
    expect(withoutNoiseAndTones(offer).split('\r\n')).toEqual([
      'v=0',
      'm=audio 9 UDP/TLS/RTP/SAVPF 0 111',
      'a=rtpmap:0 PCMU/8000',
      'a=rtpmap:111 opus/48000/2',
      'a=fmtp:111 minptime=10;useinbandfec=1',
      'a=ssrc:1 cname:x',
      '',
    ]);
  });

  it('loses comfort noise that is named by its number alone', () => {
    expect(withoutNoiseAndTones('m=audio 9 RTP/AVP 0 13\r\n')).toBe('m=audio 9 RTP/AVP 0\r\n');
  });
});
