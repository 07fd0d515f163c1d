/** Security headers, the same on every answer. Pure. */

/** Headers that no answer goes without; `url` is the hub's public address. */
export function securityHeaders(url: URL): Record<string, string> {
  return {
    'X-Content-Type-Options': 'nosniff',
    'X-Frame-Options': 'DENY',
    'Referrer-Policy': 'same-origin',
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Permissions-Policy': 'camera=(), geolocation=(), microphone=()',
    'Content-Security-Policy': contentPolicy([]),
    'Cache-Control': 'no-store',
    ...(url.protocol === 'https:' && { 'Strict-Transport-Security': 'max-age=31536000' }),
  };
}

/**
 * The content policy of a page. `formActions`: origins its forms may end at after redirects, which browsers check
 * as well; a page with a Link button names the remote site's.
 */
export function contentPolicy(formActions: readonly string[]): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    `form-action ${["'self'", ...formActions].join(' ')}`,
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join('; ');
}
