/** The table of service providers by Cerb's extension id; the first is the one that a new service begins with. */
import type { Providers } from '../service.ts';
import { apiKey } from './api-key.ts';
import { aws } from './aws.ts';
import { basic } from './basic.ts';
import { bearer } from './bearer.ts';
import { ldap } from './ldap.ts';
import { oauth1 } from './oauth1.ts';
import { oauth2 } from './oauth2.ts';
import { oidc } from './oidc.ts';
import { saml } from './saml.ts';

export const providers: Providers = new Map(
  [oauth1, oauth2, basic, bearer, apiKey, aws, oidc, saml, ldap].map((provider) => [provider.id, provider]),
);
