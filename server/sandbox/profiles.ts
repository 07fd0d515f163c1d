/** What is known of services beside what their packages say, by the package's name. Data. */
import { type Profile, twitter } from './profile.ts';

/** One level deep: members of `tokenAnswer`, `rate` and the like are added to what the package says. */
export type ProfileFacts = { readonly [Name in keyof Profile]?: Partial<Profile[Name]> | Profile[Name] };

const minuteMs = 60_000;

export const profileFacts: Readonly<Record<string, ProfileFacts>> = {
  twitter,
  trello: {
    errors: 'text',
    lifetime: { asked: { parameter: 'expiration', usual: '30days' } },
    rate: { limit: 100, windowMs: 10_000, per: 'token' },
  },
  'netsuite-tba': {
    deny: 'empty-verifier',
    freshness: { nonceLength: { least: 6, most: 64 }, isNonDecreasing: true },
    callbackFields: { company: '1234567' },
  },
  smugmug: { pin: { asked: 'oob', digits: 6, isOpen: true } },
  discogs: { deny: 'denied', userAgent: 'required', rate: { limit: 60, windowMs: minuteMs, per: 'token' } },
  flickr: {
    tokenAnswer: {
      type: 'text/plain; charset=utf-8',
      fields: { fullname: '{name}', user_nsid: '{id}', username: '{screen_name}' },
    },
  },
  tumblr: { errors: 'text' },
  mediawiki: {
    errors: 'text',
    callback: { match: 'prefix' },
    tokenAnswer: { format: 'form', type: 'text/html; charset=utf-8' },
  },
  wordpress: {
    callback: { match: 'prefix' },
    freshness: { toleranceSeconds: 900 },
    callbackFields: { wp_scope: '*' },
  },
  'bitbucket-data-center': { tokenAnswer: { type: 'text/plain' } },
  'jira-data-center': { tokenAnswer: { type: 'text/plain' } },
  'magento-2': {
    isPushed: true,
    callback: { at: 'none' },
    tokenAnswer: { type: 'text/html; charset=utf-8' },
  },
  zotero: { tokenAnswer: { fields: { userID: '{id}', username: '{screen_name}' } } },
  schoology: { errors: 'text' },
  'noun-project': { freshness: { nonceLength: { least: 8, most: 64 } } },
  fatsecret: { freshness: { isNonDecreasing: true }, pin: { asked: 'oob', digits: 6, isOpen: true } },
  'trade-me': { pin: { asked: 'oob', digits: 7, isOpen: true }, callback: { match: 'prefix' } },
  etrade: {
    errors: 'text',
    freshness: { toleranceSeconds: 300 },
    pin: { asked: 'oob', digits: 5, isOpen: true },
  },
  launchpad: {
    consumers: 'any',
    callback: { at: 'authorize', match: 'any' },
    tokenAnswer: { type: 'text/plain', fields: { 'lp.context': 'None' } },
  },
  opencaching: { freshness: { uniqueIn: 'consumer' } },
  ravelry: { callbackFields: { username: '{screen_name}' } },
};
