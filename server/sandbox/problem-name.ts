/** What failed, by the names of the OAuth Problem Reporting extension. Pure. */

const byCheck: Readonly<Record<string, string>> = {
  consumer: 'consumer_key_unknown',
  token: 'token_rejected',
  'token expired': 'token_expired',
  'token revoked': 'token_revoked',
  'token idle': 'token_expired',
  signature: 'signature_invalid',
  'signature method': 'signature_method_rejected',
  'signature allowed': 'signature_method_rejected',
  timestamp: 'timestamp_refused',
  nonce: 'nonce_used',
  'nonce length': 'parameter_rejected',
  verifier: 'verifier_invalid',
  callback: 'callback_rejected',
  consent: 'permission_unknown',
  'session handle': 'token_expired',
  'rate limit': 'user_rate_limited',
  'access level': 'permission_denied',
  'parameters: missing': 'parameter_absent',
  'parameters: malformed': 'parameter_rejected',
  'parameters: duplicate': 'parameter_rejected',
  'parameters: several places': 'parameter_rejected',
  'parameters: version': 'version_rejected',
};

/** A demand of the service that was not met counts as a parameter that is missing or wrong. */
export function problemName(check: string): string {
  if (Object.hasOwn(byCheck, check)) return byCheck[check] ?? '';
  return check.startsWith('parameter ') ? 'parameter_absent' : 'parameter_rejected';
}
