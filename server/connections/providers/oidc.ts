/** OpenID Connect as a way for people to sign in. Pure. */
import type { ServiceProvider } from '../provider.ts';
import { signInOnly } from '../sign-in-only.ts';

/** `cerb.service.provider.oidc`, with Cerb's parameter names. */
export const oidc: ServiceProvider = signInOnly({
  id: 'cerb.service.provider.oidc',
  title: 'OpenID Connect',
  serviceFields: [
    { key: 'client_id', label: 'Client ID', kind: 'text', required: true },
    { key: 'client_secret', label: 'Client Secret', kind: 'secret', required: false },
    { key: 'issuer', label: 'Issuer', kind: 'text', required: false },
    { key: 'authorization_url', label: 'Authorization URL', kind: 'url', required: false },
    { key: 'access_token_url', label: 'Access Token URL', kind: 'url', required: false },
    { key: 'userinfo_url', label: 'User info URL', kind: 'url', required: false },
    { key: 'jwks_url', label: 'JWKS URL', kind: 'url', required: false },
    { key: 'scope', label: 'Scope', kind: 'text', required: false },
  ],
});
