/** Which addresses may be registered as a webhook, and which may be called at all. Pure. */

/** Lenient: `http` with a port on loopback too, so that a hub on the same machine can be reached. */
export interface WebhookRules {
  isLenient: boolean;
}

const longestUrl = 200;

/** True when an address may be registered: https without port, at most 200 characters. */
export function isWebhookUrl(text: string, { isLenient }: WebhookRules): boolean {
  if (!URL.canParse(text) || /[\s#]/.test(text)) return false;
  const url = new URL(text);
  if (url.username !== '' || url.password !== '') return false;
  if (isLenient && isLoopbackName(url.hostname)) return /^https?:$/.test(url.protocol);
  // A default port that is written out is a port too.
  return url.protocol === 'https:' && !/^https:\/\/[^/?]*:\d/i.test(text) && text.length <= longestUrl;
}

/** True for names and addresses of this machine. */
export function isLoopbackName(hostname: string): boolean {
  return /^(?:localhost|[\w.-]+\.localhost|127\.\d+\.\d+\.\d+|\[::1\])$/i.test(hostname);
}
