// How loud it is: a meter for the microphone outside a call, and a monitor of the microphone in a call. Both measure only
// while they are open.

export interface LevelMeter {
  close(): void;
}

const interval = 100;

/** @param onLevel 0 to 1, ten times a second. @throws when the microphone cannot be opened. */
export async function openLevelMeter(deviceId: string, onLevel: (level: number) => void): Promise<LevelMeter> {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: deviceId === 'default' ? true : { deviceId: { ideal: deviceId } } });
  return measure(stream, interval, samples => onLevel(levelOf(samples)));
}

/**
 * Listens to the microphone of a call, also while the call's own track is muted: a muted track gives silence, a copy of it does not.
 * The copy asks for no permission and ends with `close()`.
 * @param onLoudness In dBFS, every `every` milliseconds.
 */
export function openLevelMonitor(track: MediaStreamTrack, every: number, onLoudness: (decibels: number) => void): LevelMeter {
  const copy = track.clone();
  copy.enabled = true;
  return measure(new MediaStream([copy]), every, samples => onLoudness(loudnessOf(samples)));
}

/** Owns the stream: its tracks end with the meter. */
function measure(stream: MediaStream, every: number, onSamples: (samples: Float32Array) => void): LevelMeter {
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  analyser.fftSize = 1024;
  context.createMediaStreamSource(stream).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  const timer = setInterval(() => {
    analyser.getFloatTimeDomainData(samples);
    onSamples(samples);
  }, every);
  return {
    close() {
      clearInterval(timer);
      for (const track of stream.getTracks()) {
        track.stop();
      }
      void context.close().catch(() => undefined);
    },
  };
}

/** In dBFS; -120 is silence. */
export function loudnessOf(samples: Float32Array): number {
  let sum = 0;
  for (const sample of samples) {
    sum += sample * sample;
  }
  return 10 * Math.log10(sum / samples.length + 1e-12);
}

/** Loudness as a meter shows it: -60 dBFS is 0, 0 dBFS is 1. */
export const levelOf = (samples: Float32Array): number => Math.min(1, Math.max(0, 1 + loudnessOf(samples) / 60));
