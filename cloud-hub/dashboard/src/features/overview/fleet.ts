import type { Device } from '../../api';

/** Disk so full that readings will be thinned before long. */
const FULL = 0.8;

export type Concern = 'silent' | 'clock' | 'input' | 'disk' | 'never';
const ORDER: readonly Concern[] = ['silent', 'input', 'disk', 'clock', 'never'];

/** What about a device wants somebody's attention, the gravest first; nothing for one that is well. */
export function concernsOf(device: Device): Concern[] {
  const found: Concern[] = [];
  if (device.status === 'never') return ['never'];
  if (device.status === 'offline' || device.status === 'stale') found.push('silent');
  if (device.inputs.some((input) => input.state === 'backing_off' || input.state === 'impaired')) found.push('input');
  if (device.disk_used !== null && device.disk_quota && device.disk_used / device.disk_quota >= FULL) found.push('disk');
  if (device.clock.state === 'unset') found.push('clock');
  return found;
}

/** Devices with a concern, those with the gravest first. Pure. */
export function attention(devices: readonly Device[]): { device: Device; concerns: Concern[] }[] {
  const rank = ({ concerns: [first] }: { concerns: Concern[] }) => (first ? ORDER.indexOf(first) : ORDER.length);
  return devices
    .map((device) => ({ device, concerns: concernsOf(device) }))
    .filter(({ concerns }) => concerns.length > 0)
    .sort((a, b) => rank(a) - rank(b) || b.concerns.length - a.concerns.length || a.device.name.localeCompare(b.device.name));
}
