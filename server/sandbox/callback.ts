/** Where a person goes back to after the consent. Pure. */
import type { Consumer } from './consumer.ts';
import type { Profile } from './profile.ts';
import { Refusal } from './refusal.ts';

/** The callback to return to, `oob` for a PIN, null where none is told in this step. */
export function readCallback(profile: Profile, consumer: Consumer, told: string | undefined): string | null {
  const { callback, pin } = profile;
  if (callback.at === 'none') return null;
  if (!told) {
    if (pin?.asked === 'omitted') return 'oob';
    if (callback.at === 'authorize') return null;
    throw new Refusal('badAuthentication', 'callback');
  }
  if (!isAllowedCallback(profile, consumer, told)) throw new Refusal('badCallback', 'callback');
  return told;
}

/** Whether the app is registered for a callback, or for the PIN way. */
export function isAllowedCallback({ callback, pin }: Profile, consumer: Consumer, told: string): boolean {
  if (told === 'oob') return pin?.asked === 'oob' && (pin.isOpen || consumer.callbacks.includes('oob'));
  if (!URL.canParse(told)) return false;
  if (callback.match === 'any') return true;
  return consumer.callbacks.some((known) =>
    callback.match === 'exact' ? told === known : told.startsWith(known),
  );
}
