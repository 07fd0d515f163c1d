/** The table of formats that become a package, in the order in which they are recognised. */
import { curl } from './curl.ts';
import type { Importer } from './found.ts';
import { grant } from './grant.ts';
import { n8n } from './n8n.ts';
import { nango } from './nango.ts';
import { postman } from './postman.ts';

export const importers: readonly Importer[] = [curl, postman, n8n, grant, nango];
