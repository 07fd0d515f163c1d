/** What people type about themselves: e-mail address, name, password. Pure. */

const minPasswordLength = 12;
const maxPasswordLength = 256;

/** Said beside the field before anything is typed. */
export const passwordHelp = `At least ${minPasswordLength} characters. A few random words do well.`;

/** An e-mail address as it is stored and compared: trimmed and lower-case. `undefined` when it is none. */
export function parseEmail(text: string): string | undefined {
  const email = text.trim().normalize('NFC').toLowerCase();
  return Buffer.byteLength(email) <= 254 && /^[^\s@<>]+@[^\s@<>]+$/.test(email) ? email : undefined;
}

/** A person's name, spaces tidied; `undefined` when empty or longer than 100 characters. */
export function parseName(text: string): string | undefined {
  const name = text.replace(/\s+/g, ' ').trim();
  return name !== '' && name.length <= 100 ? name : undefined;
}

/** Why a password cannot be chosen, as a sentence; `undefined` when it can. Length counts, not kinds of characters. */
export function passwordFault(password: string, email: string): string | undefined {
  if (password.length < minPasswordLength) return `Use at least ${minPasswordLength} characters.`;
  if (password.length > maxPasswordLength) return `Use at most ${maxPasswordLength} characters.`;
  if (password.toLowerCase() === email) return 'Choose something else than your e-mail address.';
  if (new Set(password).size < 4) return 'Use more different characters.';
  return undefined;
}
