/** Settings for knex's own command line, on either database: `npm run knex -- migrate:status`. */
import { parseConfig } from './server/config.ts';
import { knexSettings } from './server/db/settings.ts';

const { database, allowDataLoss } = parseConfig(process.env);

export default knexSettings(database, { allowDataLoss });
