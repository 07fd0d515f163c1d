/** The table of service providers by Cerb's extension id. */
import type { Providers } from '../service.ts';
import { oauth1 } from './oauth1.ts';

export const providers: Providers = new Map([oauth1].map((provider) => [provider.id, provider]));
