// A level meter for the microphone outside a call. The microphone stays open only while somebody watches.

export interface LevelMeter {
  close(): void;
}

const interval = 100;

/** @param onLevel 0 to 1, ten times a second. @throws when the microphone cannot be opened. */
export async function openLevelMeter(deviceId: string, onLevel: (level: number) => void): Promise<LevelMeter> {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: deviceId === 'default' ? true : { deviceId: { ideal: deviceId } } });
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  analyser.fftSize = 1024;
  context.createMediaStreamSource(stream).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  const timer = setInterval(() => {
    analyser.getFloatTimeDomainData(samples);
    onLevel(levelOf(samples));
  }, interval);
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

/** Loudness as a meter shows it: -60 dBFS is 0, 0 dBFS is 1. */
export function levelOf(samples: Float32Array): number {
  let sum = 0;
  for (const sample of samples) {
    sum += sample * sample;
  }
  const decibels = 10 * Math.log10(sum / samples.length + 1e-12);
  return Math.min(1, Math.max(0, 1 + decibels / 60));
}
