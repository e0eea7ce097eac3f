// This browser's microphones and speakers: which there are, and which the agent chose.
import type { DeviceKind } from './state';

const placeOf = (kind: DeviceKind) => `uppalcrm.device.${kind}`;

/** The id of the chosen device; `default` where none was chosen. */
export const chosenDevice = (kind: DeviceKind): string => localStorage.getItem(placeOf(kind)) ?? 'default';

export const chooseDevice = (kind: DeviceKind, deviceId: string): void => localStorage.setItem(placeOf(kind), deviceId);

/** For PhoneDevices in UppalCrm.Web/Softphone. */
export async function listDevices(): Promise<unknown> {
  const all = await navigator.mediaDevices?.enumerateDevices().catch(() => []) ?? [];
  const named = (kind: MediaDeviceKind, word: string) => {
    const list = all.filter(device => device.kind === kind && device.deviceId !== '' && device.deviceId !== 'communications')
      .map((device, index) => ({ id: device.deviceId, label: device.label || `${word} ${index + 1}` }));
    return list.some(device => device.id === 'default') ? list : [{ id: 'default', label: 'As the system chooses' }, ...list];
  };
  const microphones = named('audioinput', 'Microphone');
  const speakers = named('audiooutput', 'Speaker');
  const chosen = (kind: DeviceKind, list: { id: string }[]) =>
    list.some(device => device.id === chosenDevice(kind)) ? chosenDevice(kind) : 'default';
  return {
    microphones,
    speakers,
    microphone: chosen('microphone', microphones),
    speaker: chosen('speaker', speakers),
    ringer: chosen('ringer', speakers),
    canChooseSpeaker: 'setSinkId' in HTMLMediaElement.prototype,
    granted: all.some(device => device.kind === 'audioinput' && device.label !== ''),
  };
}

/** Opens a microphone once and lets it go: only to learn whether we may. */
export async function tryMicrophone(deviceId: string): Promise<void> {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: deviceId === 'default' ? true : { deviceId: { ideal: deviceId } } });
  for (const track of stream.getTracks()) {
    track.stop();
  }
}

/** Firefox before 131 and Safari before 16 do not tell. */
export async function microphonePermission(): Promise<PermissionState | null> {
  try {
    return (await navigator.permissions.query({ name: 'microphone' as PermissionName })).state;
  } catch {
    return null;
  }
}

export async function hasMicrophone(): Promise<boolean> {
  return (await navigator.mediaDevices.enumerateDevices()).some(device => device.kind === 'audioinput');
}
